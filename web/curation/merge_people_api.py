"""API resources that list duplicate people and merge two people. For administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from dataclasses import asdict
from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.access import require_admin
from library.accounts import duplicates, people
from library.accounts.duplicates import Alike
from library.curation import person_merge, person_merge_preview
from library.errors import ConflictError
from library.models import PersonMerge
from library.store import Transaction
from web.http.context import library, viewer
from web.http.paging import next_url, page_in_memory, query_args, split_page
from web.openapi.schemas import AN_ID, PageSchema, RequestSchema


class AlikeSchema(Schema):
    """Pair of people who may be the same person."""

    one = fields.Integer(attribute="one.id")
    one_name = fields.String(attribute="one.name")
    other = fields.Integer(attribute="other.id")
    other_name = fields.String(attribute="other.name")
    why = fields.String()


class AlikeListSchema(Schema):
    """Pairs of possible duplicates, most likely first."""

    pairs = fields.List(fields.Nested(AlikeSchema))
    next = fields.String(allow_none=True)


class TwoSchema(RequestSchema):
    """Ids of two people who are compared."""

    one = fields.Integer(required=True, validate=AN_ID)
    other = fields.Integer(required=True, validate=AN_ID)


class PersonMergeWantedSchema(RequestSchema):
    """Person who stays (`kept`), and person who is merged into them (`gone`)."""

    kept = fields.Integer(required=True, validate=AN_ID)
    gone = fields.Integer(required=True, validate=AN_ID)


class OutlookSchema(Schema):
    """Preview of a merge. Nothing has been moved yet."""

    sessions = fields.Integer()
    parts = fields.Integer(metadata={"description": "Sessions in which the person takes part."})
    segments = fields.Integer()
    searches = fields.Integer()
    collections = fields.Integer()
    tokens = fields.Integer()
    asked_again = fields.List(
        fields.String(), metadata={"description": "Titles of sessions that need an answer again."}
    )


class PersonMergeSchema(Schema):
    """Merge of two people: who stays, who was merged, when, and whether it can be undone."""

    id = fields.Integer()
    kept = fields.Integer()
    gone = fields.Integer()
    made_by = fields.Integer(allow_none=True)
    made_at = fields.AwareDateTime()
    undone_at = fields.AwareDateTime(allow_none=True)
    stays = fields.String(
        metadata={"description": "Reason why the merge cannot be undone; empty if it can."}
    )
    sessions_left = fields.Integer(
        metadata={"description": "Number of sessions that have yet to be moved, or moved back."}
    )
    links = fields.Dict(keys=fields.String(), values=fields.String())


class PersonMergeListSchema(Schema):
    """One page of the person merges, newest first."""

    merges = fields.List(fields.Nested(PersonMergeSchema))
    next = fields.String(allow_none=True)


bp = Blueprint(
    "api_duplicates",
    __name__,
    url_prefix="/api/v1/people",
    description="Duplicates and merges of people.",
)

MOST = 5000  # pairs
Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/alike")
@bp.arguments(PageSchema, location="query")
@bp.response(200, AlikeListSchema)
def alike(page: dict[str, Any]) -> dict[str, Any]:
    """List pairs of possible duplicates, most likely first."""
    with library().reading() as db:
        found = duplicates.pairs(db, viewer(), limit=MOST)
    # Numbered from the end, so that later pages keep their numbers when pairs disappear.
    shown, last = split_page(
        page, page_in_memory(page, enumerate(reversed(found), start=1), _place), _place
    )
    pairs = [pair for _, pair in shown]
    return {"pairs": pairs, "next": next_url("api_duplicates.alike", page, last)}


def _place(numbered: tuple[int, Alike]) -> int:
    return numbered[0]


@bp.post("/apart")
@bp.arguments(TwoSchema)
@bp.response(204)
def apart(given: dict[str, Any]) -> None:
    """Record that two people are different, so that they are not suggested again."""
    with library().transaction() as db:
        require_admin(viewer())
        one, other = people.get(db, given["one"]), people.get(db, given["other"])
        if one.id == other.id:
            raise ConflictError("Choose two different people.")
        duplicates.mark_distinct(db, viewer(), one.id, other.id)


@bp.post("/merges/preview")
@bp.arguments(PersonMergeWantedSchema)
@bp.response(200, OutlookSchema)
def preview(given: dict[str, Any]) -> dict[str, Any]:
    """Preview a person merge: what it would move, and which sessions would need consent again."""
    with library().reading() as db:
        seen = person_merge_preview.outlook(db, viewer(), given["kept"], given["gone"])
    return {**asdict(seen.moved), "asked_again": seen.asked_again}


@bp.post("/merges")
@bp.arguments(PersonMergeWantedSchema)
@bp.response(201, PersonMergeSchema)
def merge(given: dict[str, Any]) -> Answer:
    """Merge two people."""
    with library().transaction() as db:
        content = _written(db, person_merge.merge(db, viewer(), given["kept"], given["gone"]))
    return content, 201, {"Location": content["links"]["self"]}


@bp.get("/merges")
@bp.arguments(PageSchema, location="query")
@bp.response(200, PersonMergeListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the person merges, newest first."""
    with library().reading() as db:
        shown, last = split_page(page, person_merge.made(db, viewer(), **query_args(page)))
        listed = [_written(db, row) for row in shown]
    return {"merges": listed, "next": next_url("api_duplicates.index", page, last)}


@bp.get("/merges/<int:merge_id>")
@bp.response(200, PersonMergeSchema)
def one(merge_id: int) -> dict[str, Any]:
    """Return one person merge."""
    with library().reading() as db:
        return _written(db, person_merge.get(db, viewer(), merge_id))


@bp.post("/merges/<int:merge_id>/undo")
@bp.response(200, PersonMergeSchema)
def undo(merge_id: int) -> dict[str, Any]:
    """Undo a person merge within 30 days. Tokens and links that it revoked stay revoked."""
    with library().transaction() as db:
        person_merge.get(db, viewer(), merge_id)
        return _written(db, person_merge.undo(db, viewer(), merge_id))


def _written(db: Transaction, row: PersonMerge) -> dict[str, Any]:
    return {
        "id": row.id,
        "kept": row.kept_id,
        "gone": row.gone_id,
        "made_by": row.made_by,
        "made_at": row.made_at,
        "undone_at": row.undone_at,
        "stays": person_merge.undo_refusal(db, row),
        "sessions_left": len(person_merge.waiting(row)),
        "links": {
            "self": url_for("api_duplicates.one", merge_id=row.id),
            "page": url_for("duplicates.page"),
        },
    }
