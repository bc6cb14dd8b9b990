"""API resources for retention periods and legal holds; for administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.access import require_admin, session_for
from library.collections import collections
from library.removal import legal_holds, retention
from library.store import Transaction
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of
from web.openapi.schemas import CleanText, RequestSchema


class RetentionSchema(RequestSchema):
    """Retention period and legal hold of a collection."""

    years = fields.Integer(
        required=True, allow_none=True, validate=validate.Range(1, retention.LONGEST)
    )
    hold = fields.Boolean(
        required=True,
        metadata={"description": "True: legal hold, nothing in the collection is removed."},
    )


class HoldSchema(RequestSchema):
    """New legal hold of a session, and the reason for the change."""

    hold = fields.Boolean(required=True)
    reason = CleanText(required=True, validate=validate.Length(1, 500))


class HeldSchema(Schema):
    """Legal hold of a session, without the legal holds of its collections."""

    hold = fields.Boolean()


bp = Blueprint(
    "api_keeping", __name__, url_prefix="/api/v1", description="Retention periods and legal holds."
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/collections/<int:collection_id>/retention")
@bp.response(200, RetentionSchema)
def of_collection(collection_id: int) -> Answer:
    """Return the retention period and the legal hold of a collection."""
    with library().reading() as db:
        content = _kept(db, collection_id)
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/collections/<int:collection_id>/retention")
@bp.doc(parameters=[MATCH])
@bp.arguments(RetentionSchema)
@bp.response(200, RetentionSchema)
def keep(given: dict[str, Any], collection_id: int) -> Answer:
    """Set the retention period and the legal hold of a collection."""
    with library().transaction() as db:
        require_match(tag_of(_kept(db, collection_id)))
        retention.set_period(db, viewer(), collection_id, **given)
        content = _kept(db, collection_id)
    return content, 200, {"ETag": tag_of(content)}


@bp.get("/sessions/<int:session_id>/hold")
@bp.response(200, HeldSchema)
def of_session(session_id: int) -> Answer:
    """Return the legal hold of a session."""
    with library().reading() as db:
        content = _held(db, session_id)
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/sessions/<int:session_id>/hold")
@bp.doc(parameters=[MATCH])
@bp.arguments(HoldSchema)
@bp.response(200, HeldSchema)
def hold(given: dict[str, Any], session_id: int) -> Answer:
    """Set or lift the legal hold of a session. The reason is written to the audit log."""
    with library().transaction() as db:
        require_match(tag_of(_held(db, session_id)))
        legal_holds.set_hold(db, viewer(), session_id, **given)
        content = _held(db, session_id)
    return content, 200, {"ETag": tag_of(content)}


def _kept(db: Transaction, collection_id: int) -> dict[str, Any]:
    require_admin(viewer())
    collection = collections.get(db, collection_id)
    return {"years": collection.keep_years, "hold": collection.hold}


def _held(db: Transaction, session_id: int) -> dict[str, Any]:
    session = session_for(db, viewer(), session_id)
    require_admin(viewer())
    return {"hold": session.hold}
