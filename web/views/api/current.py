"""What keeps sessions current, from a program: when to look again, and what replaced them."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.curating import stale
from library.errors import InvalidInputError
from library.store import Transaction
from web.context import library, viewer
from web.views.api.curating_schemas import CurrentSchema, KeepSchema
from web.views.api.matching import MATCH, require_match, tag_of

bp = Blueprint(
    "api_current", __name__, url_prefix="/api/v1/sessions", description="Whether it still holds."
)

YEARS = range(1900, 2200)
Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/<int:session_id>/current")
@bp.response(200, CurrentSchema)
def one(session_id: int) -> Answer:
    """Whether a session is due to be looked at again or was replaced."""
    with library().reading() as db:
        content = _written(db, session_id)
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/<int:session_id>/current")
@bp.doc(parameters=[MATCH])
@bp.arguments(KeepSchema)
@bp.response(200, CurrentSchema)
def keep(given: dict[str, Any], session_id: int) -> Answer:
    """Say by when to look at it again and what replaced it; for its owner and its curators."""
    day = given["review_by"]
    if day is not None and day.year not in YEARS:
        raise InvalidInputError("The day to look again is out of reach. Check its year.")
    with library().transaction() as db:
        require_match(tag_of(_written(db, session_id)))
        stale.keep(db, viewer(), session_id, review_by=day, by_id=given["replaced_by"])
        content = _written(db, session_id)
    return content, 200, {"ETag": tag_of(content)}


def _written(db: Transaction, session_id: int) -> dict[str, Any]:
    now = stale.current(db, viewer(), session_id)
    links = {"self": url_for("api_current.one", session_id=session_id)}
    if now.by_id is not None:
        links["replaced_by"] = url_for("api_sessions.one", session_id=now.by_id)
    return {
        "review_by": now.review_by,
        "due": now.due,
        "replaced_by": now.by_id,
        "links": links,
    }
