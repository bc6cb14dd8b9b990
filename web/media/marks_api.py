"""API resources for your marks on moments: saved, helped and tried."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.access import require_member
from library.discovery import marked_moments, passage_marks
from library.discovery.marked_moments import MarkedMoment
from library.models import MarkKind, SourceKind, TriedOutcome
from library.store import Transaction
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of_row
from web.http.paging import next_url, query_args, split_page
from web.openapi.response_fields import Links
from web.openapi.schemas import AN_ID, CleanText, PageSchema, RequestSchema

KIND = {"description": "Saved, helped, or tried. Help is counted without your name."}
OUTCOME = {"description": "How it went, for the kind `tried`; otherwise null."}
SECOND = validate.Range(0, 1e6)


class MarkTextsSchema(RequestSchema):
    """Folder and private note of a mark. A field that is not sent stays as it is."""

    folder = CleanText(
        load_default=None, validate=validate.Length(max=passage_marks.LONGEST_FOLDER)
    )
    note = CleanText(load_default=None, validate=validate.Length(max=passage_marks.LONGEST_NOTE))


class MarkWantedSchema(MarkTextsSchema):
    """A mark on a passage. Your mark of this kind on the passage is changed if there is one."""

    passage_id = fields.Integer(required=True, validate=AN_ID)
    kind = fields.Enum(MarkKind, by_value=True, load_default=MarkKind.SAVED, metadata=KIND)
    outcome = fields.Enum(TriedOutcome, by_value=True, load_default=None, metadata=OUTCOME)
    start = fields.Float(
        load_default=None,
        validate=SECOND,
        metadata={"description": "Second at which the moment begins, within the passage."},
    )
    end = fields.Float(load_default=None, validate=SECOND)


class MarkedPlaceSchema(Schema):
    """Present place and words of a marked moment."""

    session_id = fields.Integer()
    title = fields.String()
    held_on = fields.Date(allow_none=True)
    source_id = fields.Integer()
    kind = fields.Enum(SourceKind, by_value=True)
    passage_id = fields.Integer()
    segment = fields.Integer(metadata={"description": "Ordinal of the first segment."})
    start = fields.Float(allow_none=True, metadata={"description": "In seconds; null in a note."})
    end = fields.Float(allow_none=True)
    text = fields.String()
    speaker = fields.String()
    person_id = fields.Integer(allow_none=True)


class MarksQuerySchema(PageSchema):
    """Parameters of the list of marks: kind, folder and page."""

    kind = fields.Enum(MarkKind, by_value=True, load_default=None, metadata=KIND)
    folder = CleanText(load_default=None)


class MarkSchema(Schema):
    """A mark of yours with its folder, note and present place."""

    id = fields.Integer(attribute="mark.id")
    kind = fields.Enum(MarkKind, by_value=True, attribute="mark.kind", metadata=KIND)
    outcome = fields.Enum(
        TriedOutcome, by_value=True, attribute="mark.outcome", allow_none=True, metadata=OUTCOME
    )
    folder = fields.String(attribute="mark.folder")
    note = fields.String(attribute="mark.note")
    created_at = fields.AwareDateTime(attribute="mark.created_at")
    is_removed = fields.Boolean(
        metadata={"description": "The words were taken back, or taken off the record."}
    )
    place = fields.Nested(
        MarkedPlaceSchema,
        allow_none=True,
        metadata={"description": "Null if the words were removed or you may not see them now."},
    )
    links = Links({"self": "api_marks.one"}, mark_id="mark.id")


class MarkListSchema(Schema):
    """One page of your marks, newest first."""

    marks = fields.List(fields.Nested(MarkSchema))
    next = fields.String(allow_none=True)


bp = Blueprint(
    "api_marks", __name__, url_prefix="/api/v1/marks", description="Your marks on moments."
)

Answer = tuple[MarkedMoment, int, dict[str, str]]


@bp.get("")
@bp.arguments(MarksQuerySchema, location="query")
@bp.response(200, MarkListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List your marks, newest first."""
    require_member(viewer())
    chosen = {name: page[name] for name in ("kind", "folder")}
    with library().reading() as db:
        found = marked_moments.listed(db, viewer(), **chosen, **query_args(page))
    shown, last = split_page(page, found, lambda one: one.mark.id)
    kept = {name: value for name, value in chosen.items() if value is not None}
    return {"marks": shown, "next": next_url("api_marks.index", page, last, **kept)}


@bp.post("")
@bp.arguments(MarkWantedSchema)
@bp.response(201, MarkSchema)
def put(given: dict[str, Any]) -> Answer:
    """Mark a passage, or change your mark of this kind on it."""
    require_member(viewer())
    chosen = {name: given[name] for name in ("passage_id", "kind", "outcome", "start", "end")}
    with library().transaction() as db:
        mark = passage_marks.put(db, viewer(), **chosen)
        _describe(db, given, mark.id)
        made = marked_moments.one(db, viewer(), mark.id)
    where = url_for("api_marks.one", mark_id=made.mark.id)
    return made, 201, {**_tagged(made), "Location": where}


@bp.get("/<int:mark_id>")
@bp.response(200, MarkSchema)
def one(mark_id: int) -> Answer:
    """Return one of your marks. Send its ETag as If-Match to change or delete it."""
    require_member(viewer())
    with library().reading() as db:
        found = marked_moments.one(db, viewer(), mark_id)
    return found, 200, _tagged(found)


@bp.patch("/<int:mark_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(MarkTextsSchema)
@bp.response(200, MarkSchema)
def change(given: dict[str, Any], mark_id: int) -> Answer:
    """Change the folder and the private note of one of your marks."""
    require_member(viewer())
    with library().transaction() as db:
        require_match(_tag(marked_moments.one(db, viewer(), mark_id)))
        _describe(db, given, mark_id)
        found = marked_moments.one(db, viewer(), mark_id)
    return found, 200, _tagged(found)


@bp.delete("/<int:mark_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(mark_id: int) -> None:
    """Delete one of your marks with its note."""
    require_member(viewer())
    with library().transaction() as db:
        require_match(_tag(marked_moments.one(db, viewer(), mark_id)))
        passage_marks.remove(db, viewer(), mark_id)


def _describe(db: Transaction, given: dict[str, Any], mark_id: int) -> None:
    """Set the texts of a mark that the request contains."""
    passage_marks.describe(db, viewer(), mark_id, folder=given["folder"], note=given["note"])


def _tag(found: MarkedMoment) -> str:
    return tag_of_row(MarkSchema(), found)


def _tagged(found: MarkedMoment) -> dict[str, str]:
    return {"ETag": _tag(found)}
