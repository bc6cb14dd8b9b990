"""The members of a collection from a program; for its curators and administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask_smorest import Blueprint

from library.access import require_curator
from library.holdings import collections, members
from library.models import Collection
from library.store import Transaction
from web.context import library, viewer
from web.views.api.admin_schemas import MemberListSchema, MemberRoleSchema
from web.views.api.matching import MATCH, require_match, tag_of

bp = Blueprint(
    "api_members",
    __name__,
    url_prefix="/api/v1/collections",
    description="Who sees what is meant for the members of a collection.",
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/<int:collection_id>/members")
@bp.response(200, MemberListSchema)
def index(collection_id: int) -> Answer:
    """A collection's members and their roles; the ETag is what a change has to name."""
    with library().reading() as db:
        content = _written(db, _collection(db, collection_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/<int:collection_id>/members/<int:person_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(MemberRoleSchema)
@bp.response(200, MemberListSchema)
def put(given: dict[str, Any], collection_id: int, person_id: int) -> Answer:
    """Make somebody a member, or give them another role."""
    with library().transaction() as db:
        collection = _collection(db, collection_id)
        require_match(tag_of(_written(db, collection)))
        members.put_member(db, viewer(), collection, person_id, given["role"])
        content = _written(db, collection)
    return content, 200, {"ETag": tag_of(content)}


@bp.delete("/<int:collection_id>/members/<int:person_id>")
@bp.doc(parameters=[MATCH])
@bp.response(200, MemberListSchema)
def take(collection_id: int, person_id: int) -> Answer:
    """Let somebody be a member no longer."""
    with library().transaction() as db:
        collection = _collection(db, collection_id)
        require_match(tag_of(_written(db, collection)))
        members.take_member(db, viewer(), collection, person_id)
        content = _written(db, collection)
    return content, 200, {"ETag": tag_of(content)}


def _collection(db: Transaction, collection_id: int) -> Collection:
    require_curator(db, viewer(), collection_id)
    return collections.get(db, collection_id)


def _written(db: Transaction, collection: Collection) -> dict[str, Any]:
    listed = [
        {"person_id": member.person_id, "name": member.person.name, "role": member.role}
        for member in members.members_of(db, viewer(), collection)
    ]
    return {"members": listed, "next": None}
