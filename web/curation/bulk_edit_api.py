"""API resources of bulk edits: preview, apply, list, undo."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.curation import bulk_edit, bulk_selection, bulk_undo
from library.curation.bulk_edit import FieldChange, Plan
from library.curation.bulk_fields import PLACED, PLAIN, FieldRef
from library.curation.bulk_selection import SessionSelection
from library.curation.bulk_undo import Undone
from library.errors import InvalidInputError, NotAllowedError
from library.models import BulkEdit, Form, Visibility, now
from library.store import Transaction
from web.http.context import library, viewer
from web.http.paging import next_url, query_args, split_page
from web.http.params import LARGEST_ID
from web.openapi.response_fields import Links
from web.openapi.schemas import AN_ID, CleanText, PageSchema, RequestSchema

MOST_CHANGES = 50  # fields in one edit


WORDS = validate.Length(max=200)


class WishSchema(RequestSchema):
    """New value of one field in a bulk edit."""

    field = fields.String(required=True, validate=validate.OneOf([*PLAIN, *PLACED]))
    number = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 2**63 - 1),
        metadata={"description": "Id of the collection or topic; 0 for other fields."},
    )
    value = fields.Raw(
        required=True,
        allow_none=True,
        metadata={
            "description": "Value as in the session; null empties an owner, a reviewer or a day. "
            "For a collection or topic: whether the session belongs to it."
        },
    )


class WhereSchema(RequestSchema):
    """Filter for the sessions that you may change. A field that is left out does not filter."""

    words = CleanText(load_default="", validate=WORDS)
    collection_id = fields.Integer(load_default=None, allow_none=True, validate=AN_ID)
    without_collection = fields.Boolean(load_default=False)
    visibility = fields.Enum(Visibility, by_value=True, load_default=None, allow_none=True)
    form = fields.Enum(Form, by_value=True, load_default=None, allow_none=True)
    due = fields.Boolean(
        load_default=False,
        metadata={"description": "Only sessions to review within 30 days, or replaced."},
    )


class BulkWantedSchema(RequestSchema):
    """Sessions of a bulk edit, and the changes of their fields."""

    sessions = fields.List(
        fields.Integer(validate=AN_ID), validate=validate.Length(max=bulk_edit.MOST)
    )
    where = fields.Nested(
        WhereSchema, metadata={"description": "Instead of `sessions`: all that match this filter."}
    )
    wishes = fields.List(
        fields.Nested(WishSchema), required=True, validate=validate.Length(1, MOST_CHANGES)
    )


class BulkDoneSchema(BulkWantedSchema):
    """Bulk edit to apply. `mark` is the preview token from its preview."""

    mark = fields.String(required=True, validate=validate.Length(1, 64))


class StepSchema(Schema):
    """Change of one field of one session in a bulk edit."""

    session_id = fields.Integer()
    field = fields.String()
    number = fields.Integer()
    before = fields.Raw(allow_none=True)
    after = fields.Raw(allow_none=True)


class LeftSchema(Schema):
    """Field of a session that a bulk edit does not change, with the reason."""

    session_id = fields.Integer()
    title = fields.String()
    field = fields.String(attribute="cell.field")
    number = fields.Integer(attribute="cell.number")
    why = fields.String()


class PreviewSchema(Schema):
    """Preview of a bulk edit. Nothing has been changed yet."""

    mark = fields.String(metadata={"description": "Preview token; send it with the bulk edit."})
    sessions = fields.List(
        fields.Integer(), metadata={"description": "Ids of the sessions in the preview."}
    )
    changed = fields.Integer(metadata={"description": "Number of sessions that change."})
    same = fields.Integer(metadata={"description": "Number of fields that have the value already."})
    steps = fields.List(fields.Nested(StepSchema))
    left = fields.List(fields.Nested(LeftSchema))


class BulkEditSchema(Schema):
    """Bulk edit: its author, its times and its field changes."""

    id = fields.Integer()
    person_id = fields.Integer(allow_none=True)
    made_at = fields.AwareDateTime()
    undone_at = fields.AwareDateTime(allow_none=True)
    wishes = fields.List(fields.Nested(WishSchema))
    links = Links({"self": "api_many.one", "page": "many.one"}, edit_id="id")


class BulkEditWholeSchema(BulkEditSchema):
    """Bulk edit with the changes of each session."""

    steps = fields.List(fields.Nested(StepSchema))
    left = fields.List(
        fields.Nested(LeftSchema),
        metadata={"description": "Fields that an undo would skip."},
    )


class BulkEditListSchema(Schema):
    """One page of the bulk edits that you may see, newest first."""

    edits = fields.List(fields.Nested(BulkEditSchema))
    next = fields.String(allow_none=True)


class UndoneSchema(Schema):
    """Result of undoing a bulk edit."""

    put_back = fields.Integer()
    left = fields.List(fields.Nested(LeftSchema))


bp = Blueprint(
    "api_many", __name__, url_prefix="/api/v1/bulk-edits", description="Bulk edits of sessions."
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.post("/preview")
@bp.arguments(BulkWantedSchema)
@bp.response(200, PreviewSchema)
def preview(given: dict[str, Any]) -> dict[str, Any]:
    """Preview a bulk edit. Nothing is changed. Send the preview token `mark` to apply the edit."""
    _require_member()
    with library().reading() as db:
        planned = _planned(db, given)
    return {
        "mark": planned.mark,
        "sessions": planned.session_ids,
        "changed": planned.changed,
        "same": planned.same,
        "steps": [{**vars(step), **vars(step.cell)} for step in planned.steps],
        "left": planned.kept,
    }


@bp.post("")
@bp.arguments(BulkDoneSchema)
@bp.response(201, BulkEditWholeSchema)
def change(given: dict[str, Any]) -> Answer:
    """Apply a previewed bulk edit, unless data has changed since the preview.

    Sessions are changed in groups, each session as a whole. If another person changes a field
    meanwhile, it keeps the other person's value. The response does not list such fields.
    """
    _require_member()
    with library().reading() as db:
        planned = _planned(db, given)
    with library().transaction() as db:
        edit_id = bulk_edit.begin(db, viewer(), planned, given["mark"]).id
    for _ in bulk_edit.change(library(), viewer(), edit_id, planned.steps):
        pass
    with library().reading() as db:
        content = _whole(db, bulk_edit.get(db, viewer(), edit_id))
    return content, 201, {"Location": url_for("api_many.one", edit_id=edit_id)}


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, BulkEditListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List your bulk edits, newest first. Administrators get the bulk edits of all people."""
    _require_member()
    with library().reading() as db:
        shown, last = split_page(page, bulk_edit.made(db, viewer(), **query_args(page)))
        listed = [_written(edit) for edit in shown]
    return {"edits": listed, "next": next_url("api_many.index", page, last)}


@bp.get("/<int:edit_id>")
@bp.response(200, BulkEditWholeSchema)
def one(edit_id: int) -> dict[str, Any]:
    """Return one bulk edit with its changes, and the fields that its undo would skip."""
    with library().reading() as db:
        return _whole(db, bulk_edit.get(db, viewer(), edit_id))


@bp.post("/<int:edit_id>/undo")
@bp.response(200, UndoneSchema)
def undo(edit_id: int) -> dict[str, Any]:
    """Undo a bulk edit within 30 days. Fields that were changed after the edit are not undone."""
    undone = Undone()
    with library().transaction() as db:
        bulk_undo.begin(db, viewer(), edit_id)
    for _ in bulk_undo.put_back(library(), viewer(), edit_id, undone):
        pass
    return {"put_back": undone.put_back, "left": undone.left}


def _require_member() -> None:
    if not viewer().is_member:
        raise NotAllowedError


def _planned(db: Transaction, given: dict[str, Any]) -> Plan:
    if ("sessions" in given) == ("where" in given):
        raise InvalidInputError("Send either `sessions` or `where`.")
    ids = given.get("sessions")
    if ids is None:
        ids = bulk_selection.ids(db, viewer(), SessionSelection(**given["where"]))
    return bulk_edit.plan(db, viewer(), ids, [_field_change(one) for one in given["wishes"]])


def _field_change(given: dict[str, Any]) -> FieldChange:
    field, value = given["field"], given["value"]
    if field in PLACED and not isinstance(value, bool):
        raise InvalidInputError("The value for a %(field)s has to be true or false.", field=field)
    if isinstance(value, int) and not 0 <= value <= LARGEST_ID:
        raise InvalidInputError("The id %(id)s does not exist.", id=value)
    return FieldChange(FieldRef(field, given["number"] if field in PLACED else 0), value)


def _whole(db: Transaction, edit: BulkEdit) -> dict[str, Any]:
    open_still = edit.undone_at is None and edit.made_at + bulk_undo.UNDONE_FOR > now()
    steps = bulk_edit.changes_of(db, viewer(), edit)
    left = bulk_undo.conflicts(db, viewer(), edit) if open_still else ()
    return {**_written(edit), "steps": steps, "left": left}


def _written(edit: BulkEdit) -> dict[str, Any]:
    return {
        "id": edit.id,
        "person_id": edit.person_id,
        "made_at": edit.made_at,
        "undone_at": edit.undone_at,
        "wishes": [{"field": f, "number": n, "value": v} for f, n, v in edit.wishes],
    }
