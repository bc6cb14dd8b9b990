"""People who may be one, from a program: found, merged, parted again; for administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from dataclasses import asdict
from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.access import require_admin
from library.accounts import people, people_alike
from library.accounts.people_alike import Alike
from library.curating import merge_outlook, merges
from library.errors import ConflictError
from library.models import PersonMerge
from library.store import Transaction
from web.context import library, viewer
from web.views.api.curating_schemas import (
    AlikeListSchema,
    OutlookSchema,
    PersonMergeListSchema,
    PersonMergeSchema,
    PersonMergeWantedSchema,
    TwoSchema,
)
from web.views.api.paging import asked, behind, cut, following
from web.views.api.schemas import PageSchema

bp = Blueprint(
    "api_duplicates", __name__, url_prefix="/api/v1/people", description="People who are one."
)

MOST = 5000  # pairs
Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/alike")
@bp.arguments(PageSchema, location="query")
@bp.response(200, AlikeListSchema)
def alike(page: dict[str, Any]) -> dict[str, Any]:
    """Pairs that look like one person, the surest first."""
    with library().reading() as db:
        found = people_alike.pairs(db, viewer(), limit=MOST)
    # Numbered from the last one: what lies behind a page keeps its numbers when pairs go.
    shown, last = cut(page, behind(page, enumerate(reversed(found), start=1), _place), _place)
    pairs = [
        {
            "one": pair.one.id,
            "one_name": pair.one.name,
            "other": pair.other.id,
            "other_name": pair.other.name,
            "why": pair.why,
        }
        for _, pair in shown
    ]
    return {"pairs": pairs, "next": following("api_duplicates.alike", page, last)}


def _place(numbered: tuple[int, Alike]) -> int:
    return numbered[0]


@bp.post("/apart")
@bp.arguments(TwoSchema)
@bp.response(204)
def apart(given: dict[str, Any]) -> None:
    """Say that two are two, so that they are not offered again."""
    with library().transaction() as db:
        require_admin(viewer())
        one, other = people.get(db, given["one"]), people.get(db, given["other"])
        if one.id == other.id:
            raise ConflictError("Choose two different people.")
        people_alike.tell_apart(db, viewer(), one.id, other.id)


@bp.post("/merges/preview")
@bp.arguments(PersonMergeWantedSchema)
@bp.response(200, OutlookSchema)
def preview(given: dict[str, Any]) -> dict[str, Any]:
    """What a merge would move, and which sessions would wait for an answer again."""
    with library().reading() as db:
        seen = merge_outlook.outlook(db, viewer(), given["kept"], given["gone"])
    return {**asdict(seen.moved), "asked_again": seen.asked_again}


@bp.post("/merges")
@bp.arguments(PersonMergeWantedSchema)
@bp.response(201, PersonMergeSchema)
def merge(given: dict[str, Any]) -> Answer:
    """Let one be the other from now on."""
    with library().transaction() as db:
        content = _written(db, merges.merge(db, viewer(), given["kept"], given["gone"]))
    return content, 201, {"Location": content["links"]["self"]}


@bp.get("/merges")
@bp.arguments(PageSchema, location="query")
@bp.response(200, PersonMergeListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """The merges there were, newest first."""
    with library().reading() as db:
        shown, last = cut(page, merges.made(db, viewer(), **asked(page)))
        listed = [_written(db, row) for row in shown]
    return {"merges": listed, "next": following("api_duplicates.index", page, last)}


@bp.get("/merges/<int:merge_id>")
@bp.response(200, PersonMergeSchema)
def one(merge_id: int) -> dict[str, Any]:
    """One merge."""
    with library().reading() as db:
        return _written(db, merges.get(db, viewer(), merge_id))


@bp.post("/merges/<int:merge_id>/undo")
@bp.response(200, PersonMergeSchema)
def undo(merge_id: int) -> dict[str, Any]:
    """Part them again, for 30 days; tokens and links that ended stay ended."""
    with library().transaction() as db:
        merges.get(db, viewer(), merge_id)
        return _written(db, merges.part(db, viewer(), merge_id))


def _written(db: Transaction, row: PersonMerge) -> dict[str, Any]:
    return {
        "id": row.id,
        "kept": row.kept_id,
        "gone": row.gone_id,
        "made_by": row.made_by,
        "made_at": row.made_at,
        "undone_at": row.undone_at,
        "stays": merges.why_not_parted(db, row),
        "sessions_left": len(merges.waiting(row)),
        "links": {
            "self": url_for("api_duplicates.one", merge_id=row.id),
            "page": url_for("duplicates.page"),
        },
    }
