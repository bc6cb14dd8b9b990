"""API resource of a session's freshness: the day of its next review, and its replacement."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.curation import freshness
from library.errors import InvalidInputError
from library.store import Transaction
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of
from web.openapi.schemas import AN_ID, RequestSchema


class KeepSchema(RequestSchema):
    """Day of the next review, and id of the newer session; null for none."""

    review_by = fields.Date(required=True, allow_none=True)
    replaced_by = fields.Integer(required=True, allow_none=True, validate=AN_ID)


class CurrentSchema(Schema):
    """Freshness of a session: its next review, and the newer session that replaces it."""

    review_by = fields.Date(
        allow_none=True,
        metadata={
            "description": "Day of the next review. Before that day, only the owner and curators "
            "get it."
        },
    )
    due = fields.Boolean(metadata={"description": "Whether the day of the review has come."})
    replaced_by = fields.Integer(
        allow_none=True, metadata={"description": "Id of the replacing session, if you may see it."}
    )
    links = fields.Dict(keys=fields.String(), values=fields.String())


bp = Blueprint(
    "api_current", __name__, url_prefix="/api/v1/sessions", description="Freshness of sessions."
)

YEARS = range(1900, 2200)
Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/<int:session_id>/current")
@bp.response(200, CurrentSchema)
def one(session_id: int) -> Answer:
    """Return whether a session is due for review, and which session replaces it."""
    with library().reading() as db:
        content = _written(db, session_id)
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/<int:session_id>/current")
@bp.doc(parameters=[MATCH])
@bp.arguments(KeepSchema)
@bp.response(200, CurrentSchema)
def keep(given: dict[str, Any], session_id: int) -> Answer:
    """Set the next review, and the session that replaces this one. For the owner and curators."""
    day = given["review_by"]
    if day is not None and day.year not in YEARS:
        raise InvalidInputError(
            "The day of the review has to be from 1900 to 2199. Check the year."
        )
    with library().transaction() as db:
        require_match(tag_of(_written(db, session_id)))
        freshness.update(db, viewer(), session_id, review_by=day, by_id=given["replaced_by"])
        content = _written(db, session_id)
    return content, 200, {"ETag": tag_of(content)}


def _written(db: Transaction, session_id: int) -> dict[str, Any]:
    now = freshness.current(db, viewer(), session_id)
    links = {"self": url_for("api_current.one", session_id=session_id)}
    if now.by_id is not None:
        links["replaced_by"] = url_for("api_sessions.one", session_id=now.by_id)
    return {
        "review_by": now.review_by,
        "due": now.due,
        "replaced_by": now.by_id,
        "links": links,
    }
