"""How long sessions are kept, and what nobody removes, from a program; for administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask_smorest import Blueprint

from library.access import require_admin, session_for
from library.holdings import collections
from library.store import Transaction
from library.withdrawal import holds, retention
from web.context import library, viewer
from web.views.api.door_schemas import HeldSchema, HoldSchema, RetentionSchema
from web.views.api.matching import MATCH, require_match, tag_of

bp = Blueprint(
    "api_keeping", __name__, url_prefix="/api/v1", description="How long sessions are kept."
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/collections/<int:collection_id>/retention")
@bp.response(200, RetentionSchema)
def of_collection(collection_id: int) -> Answer:
    """How long a collection keeps its sessions."""
    with library().reading() as db:
        content = _kept(db, collection_id)
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/collections/<int:collection_id>/retention")
@bp.doc(parameters=[MATCH])
@bp.arguments(RetentionSchema)
@bp.response(200, RetentionSchema)
def keep(given: dict[str, Any], collection_id: int) -> Answer:
    """Say how long a collection keeps its sessions, from tonight on."""
    with library().transaction() as db:
        require_match(tag_of(_kept(db, collection_id)))
        retention.keep(db, viewer(), collection_id, **given)
        content = _kept(db, collection_id)
    return content, 200, {"ETag": tag_of(content)}


@bp.get("/sessions/<int:session_id>/hold")
@bp.response(200, HeldSchema)
def of_session(session_id: int) -> Answer:
    """Whether a session is on hold."""
    with library().reading() as db:
        content = _held(db, session_id)
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/sessions/<int:session_id>/hold")
@bp.doc(parameters=[MATCH])
@bp.arguments(HoldSchema)
@bp.response(200, HeldSchema)
def hold(given: dict[str, Any], session_id: int) -> Answer:
    """Put a session on hold, or let go of it; the reason is written into the audit log."""
    with library().transaction() as db:
        require_match(tag_of(_held(db, session_id)))
        holds.set_hold(db, viewer(), session_id, **given)
        content = _held(db, session_id)
    return content, 200, {"ETag": tag_of(content)}


def _kept(db: Transaction, collection_id: int) -> dict[str, Any]:
    require_admin(viewer())
    shelf = collections.get(db, collection_id)
    return {"years": shelf.keep_years, "hold": shelf.hold}


def _held(db: Transaction, session_id: int) -> dict[str, Any]:
    session = session_for(db, viewer(), session_id)
    require_admin(viewer())
    return {"hold": session.hold}
