"""The trash from a program: what is in it, put back, or let go for good."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from datetime import datetime
from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.access import session_for
from library.errors import NotAllowedError
from library.models import MentoringSession
from library.withdrawal import trash
from web.context import library, viewer
from web.views.api import receipts, sessions
from web.views.api.admin_schemas import TrashedSchema, TrashListSchema
from web.views.api.matching import MATCH, require_match
from web.views.api.paging import behind, cut, following
from web.views.api.receipts import ReceiptSchema
from web.views.api.schemas import PageSchema, SessionSchema

bp = Blueprint("api_trash", __name__, url_prefix="/api/v1/trash", description="What was removed.")

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, TrashListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """The sessions that you may put back, those removed last first."""
    with library().reading() as db:
        if not viewer().is_member:
            raise NotAllowedError
        shown, last = cut(page, behind(page, trash.listed(db, viewer()), _number), _number)
    listed = [_written(session, goes) for session, goes in shown]
    return {"sessions": listed, "next": following("api_trash.index", page, last)}


@bp.get("/<int:session_id>")
@bp.response(200, TrashedSchema)
def one(session_id: int) -> Answer:
    """A session in the trash; its ETag is what a change has to name."""
    with library().reading() as db:
        session = trash.get(db, viewer(), session_id)
        content = _written(session, trash.goes_at(db, session))
    return content, 200, {"ETag": sessions.etag(session)}


@bp.post("/<int:session_id>/restore")
@bp.doc(parameters=[MATCH])
@bp.response(200, SessionSchema)
def restore(session_id: int) -> Answer:
    """Put a session back as it was."""
    with library().transaction() as db:
        require_match(sessions.etag(trash.get(db, viewer(), session_id)))
        trash.restore(db, viewer(), session_id)
        db.flush()
        session = session_for(db, viewer(), session_id)
        return sessions.written(session), 200, {"ETag": sessions.etag(session)}


@bp.delete("/<int:session_id>")
@bp.doc(parameters=[MATCH])
@bp.response(200, ReceiptSchema)
def remove(session_id: int) -> dict[str, Any]:
    """Remove a session for good; the receipt says by when it is gone from the disk."""
    with library().reading() as db:
        require_match(sessions.etag(trash.get(db, viewer(), session_id)))
    return receipts.written(trash.remove_now(library(), viewer(), session_id))


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
