"""Many sessions at once from a program: looked at, changed, and put back."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from collections.abc import Iterable
from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.curating import bulk, bulk_choice, bulk_undo
from library.curating.bulk import Kept, Plan, Wish
from library.curating.bulk_choice import Wanted
from library.curating.bulk_fields import PLACED, Cell
from library.curating.bulk_undo import Undone
from library.errors import InvalidInputError, NotAllowedError
from library.models import BulkEdit, now
from library.store import Transaction
from web.context import library, viewer
from web.parameters import LARGEST_ID
from web.views.api.curating_schemas import (
    BulkDoneSchema,
    BulkEditListSchema,
    BulkEditWholeSchema,
    BulkWantedSchema,
    PreviewSchema,
    UndoneSchema,
)
from web.views.api.paging import asked, cut, following
from web.views.api.schemas import PageSchema

bp = Blueprint(
    "api_many", __name__, url_prefix="/api/v1/bulk-edits", description="Many sessions at once."
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.post("/preview")
@bp.arguments(BulkWantedSchema)
@bp.response(200, PreviewSchema)
def preview(given: dict[str, Any]) -> dict[str, Any]:
    """What would change, and what cannot, and why; its mark is what the change has to send."""
    _require_member()
    with library().reading() as db:
        planned = _planned(db, given)
    return {
        "mark": planned.mark,
        "sessions": planned.session_ids,
        "changed": planned.changed,
        "same": planned.same,
        "steps": [
            {**_cell(s.cell), "session_id": s.session_id, "before": s.before, "after": s.after}
            for s in planned.steps
        ],
        "left": _left(planned.kept),
    }


@bp.post("")
@bp.arguments(BulkDoneSchema)
@bp.response(201, BulkEditWholeSchema)
def change(given: dict[str, Any]) -> Answer:
    """Change what was looked at; refused where things changed since.

    Some sessions at a time are changed, each as a whole. What others change meanwhile stays as
    they want it, and is not among the steps of the answer.
    """
    _require_member()
    with library().reading() as db:
        planned = _planned(db, given)
    with library().transaction() as db:
        edit_id = bulk.begin(db, viewer(), planned, given["mark"]).id
    for _ in bulk.change(library(), viewer(), edit_id, planned.steps):
        pass
    with library().reading() as db:
        content = _whole(db, bulk.get(db, viewer(), edit_id))
    return content, 201, {"Location": content["links"]["self"]}


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, BulkEditListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """Your changes of many sessions (an administrator's: everybody's), newest first."""
    _require_member()
    with library().reading() as db:
        shown, last = cut(page, bulk.made(db, viewer(), **asked(page)))
        listed = [_written(edit) for edit in shown]
    return {"edits": listed, "next": following("api_many.index", page, last)}


@bp.get("/<int:edit_id>")
@bp.response(200, BulkEditWholeSchema)
def one(edit_id: int) -> dict[str, Any]:
    """One of them: what it changed, and what undoing it would leave."""
    with library().reading() as db:
        return _whole(db, bulk.get(db, viewer(), edit_id))


@bp.post("/<int:edit_id>/undo")
@bp.response(200, UndoneSchema)
def undo(edit_id: int) -> dict[str, Any]:
    """Put back exactly what it changed, for 30 days; what was changed again since is left."""
    undone = Undone()
    with library().transaction() as db:
        bulk_undo.begin(db, viewer(), edit_id)
    for _ in bulk_undo.put_back(library(), viewer(), edit_id, undone):
        pass
    return {"put_back": undone.put_back, "left": _left(undone.left)}


def _require_member() -> None:
    if not viewer().is_member:
        raise NotAllowedError


def _planned(db: Transaction, given: dict[str, Any]) -> Plan:
    if ("sessions" in given) == ("where" in given):
        raise InvalidInputError("Give either the sessions, or where to find them.")
    ids = given.get("sessions")
    if ids is None:
        ids = bulk_choice.numbers(db, viewer(), Wanted(**given["where"]))
    return bulk.plan(db, viewer(), ids, [_wish(one) for one in given["wishes"]])


def _wish(given: dict[str, Any]) -> Wish:
    field, value = given["field"], given["value"]
    if field in PLACED and not isinstance(value, bool):
        raise InvalidInputError(f"Say true or false: whether it is to have the {field}.")
    if isinstance(value, int) and not 0 <= value <= LARGEST_ID:
        raise InvalidInputError(f"There is nothing with the number {value}.")
    return Wish(Cell(field, given["number"] if field in PLACED else 0), value)


def _whole(db: Transaction, edit: BulkEdit) -> dict[str, Any]:
    open_still = edit.undone_at is None and edit.made_at + bulk_undo.UNDONE_FOR > now()
    steps = [
        {
            "session_id": c.session_id,
            "field": c.field,
            "number": c.number,
            "before": c.before,
            "after": c.after,
        }
        for c in bulk.changes_of(db, viewer(), edit)
    ]
    left = bulk_undo.conflicts(db, viewer(), edit) if open_still else ()
    return {**_written(edit), "steps": steps, "left": _left(left)}


def _written(edit: BulkEdit) -> dict[str, Any]:
    return {
        "id": edit.id,
        "person_id": edit.person_id,
        "made_at": edit.made_at,
        "undone_at": edit.undone_at,
        "wishes": [{"field": f, "number": n, "value": v} for f, n, v in edit.wishes],
        "links": {
            "self": url_for("api_many.one", edit_id=edit.id),
            "page": url_for("many.one", edit_id=edit.id),
        },
    }


def _left(kept: Iterable[Kept]) -> list[dict[str, Any]]:
    return [
        {**_cell(k.cell), "session_id": k.session_id, "title": k.title, "why": k.why} for k in kept
    ]


def _cell(cell: Cell) -> dict[str, Any]:
    return {"field": cell.field, "number": cell.number}
