"""API resources for the trash."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from datetime import datetime
from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.access import session_for
from library.errors import NotAllowedError
from library.models import MentoringSession
from library.removal import trash
from web.consent import take_back_api
from web.consent.take_back_api import ReceiptSchema
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match
from web.http.paging import next_url, page_in_memory, split_page
from web.openapi.schemas import PageSchema, SessionSchema
from web.sessions import sessions_api


class TrashedSchema(Schema):
    """A session in the trash, with the time of its removal for good."""

    id = fields.Integer()
    title = fields.String()
    trashed_at = fields.AwareDateTime()
    goes_at = fields.AwareDateTime(
        metadata={"description": "When the session is removed for good."}
    )
    hold = fields.Boolean()
    links = fields.Dict(keys=fields.String(), values=fields.String())


class TrashListSchema(Schema):
    """One page of the trash, newest session first."""

    sessions = fields.List(fields.Nested(TrashedSchema))
    next = fields.String(allow_none=True)


bp = Blueprint(
    "api_trash", __name__, url_prefix="/api/v1/trash", description="Sessions in the trash."
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, TrashListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the sessions in the trash that you may restore, newest session first."""
    with library().reading() as db:
        if not viewer().is_member:
            raise NotAllowedError
        shown, last = split_page(
            page, page_in_memory(page, trash.listed(db, viewer()), _number), _number
        )
    listed = [_written(session, goes) for session, goes in shown]
    return {"sessions": listed, "next": next_url("api_trash.index", page, last)}


@bp.get("/<int:session_id>")
@bp.response(200, TrashedSchema)
def one(session_id: int) -> Answer:
    """Return a session in the trash. Send its ETag as If-Match to restore or remove it."""
    with library().reading() as db:
        session = trash.get(db, viewer(), session_id)
        content = _written(session, trash.goes_at(db, session))
    return content, 200, {"ETag": sessions_api.etag(session)}


@bp.post("/<int:session_id>/restore")
@bp.doc(parameters=[MATCH])
@bp.response(200, SessionSchema)
def restore(session_id: int) -> Answer:
    """Restore a session from the trash."""
    with library().transaction() as db:
        require_match(sessions_api.etag(trash.get(db, viewer(), session_id)))
        trash.restore(db, viewer(), session_id)
        db.flush()
        session = session_for(db, viewer(), session_id)
        return sessions_api.written(session), 200, {"ETag": sessions_api.etag(session)}


@bp.delete("/<int:session_id>")
@bp.doc(parameters=[MATCH])
@bp.response(200, ReceiptSchema)
def remove(session_id: int) -> dict[str, Any]:
    """Remove a session for good. The receipt says by when its data is erased from the disk."""
    with library().reading() as db:
        require_match(sessions_api.etag(trash.get(db, viewer(), session_id)))
    return take_back_api.written(trash.remove_now(library(), viewer(), session_id))


def _number(row: tuple[MentoringSession, datetime]) -> int:
    return row[0].id


def _written(session: MentoringSession, goes_at: datetime) -> dict[str, Any]:
    return {
        "id": session.id,
        "title": session.title,
        "trashed_at": session.trashed_at,
        "goes_at": goes_at,
        "hold": session.hold,
        "links": {"self": url_for("api_trash.one", session_id=session.id)},
    }
