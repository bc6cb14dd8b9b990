"""API resources of a collection's members, for its curators and administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.access import require_curator
from library.collections import collections, members
from library.models import Collection, CollectionRole
from library.store import Transaction
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of
from web.openapi.schemas import RequestSchema


class MemberSchema(Schema):
    """A person with a role in a collection."""

    person_id = fields.Integer()
    name = fields.String()
    role = fields.Enum(CollectionRole, by_value=True)


class MemberListSchema(Schema):
    """The members of a collection, by name."""

    members = fields.List(fields.Nested(MemberSchema))
    next = fields.String(allow_none=True)


class MemberRoleSchema(RequestSchema):
    """Role of a member in a collection."""

    role = fields.Enum(CollectionRole, by_value=True, required=True)


bp = Blueprint(
    "api_members",
    __name__,
    url_prefix="/api/v1/collections",
    description="Members of collections.",
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/<int:collection_id>/members")
@bp.response(200, MemberListSchema)
def index(collection_id: int) -> Answer:
    """List the members of a collection with their roles. Changes need the ETag as If-Match."""
    with library().reading() as db:
        content = _written(db, _collection(db, collection_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/<int:collection_id>/members/<int:person_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(MemberRoleSchema)
@bp.response(200, MemberListSchema)
def put(given: dict[str, Any], collection_id: int, person_id: int) -> Answer:
    """Add a member to a collection, or change the role of a member."""
    with library().transaction() as db:
        collection = _collection(db, collection_id)
        require_match(tag_of(_written(db, collection)))
        members.set_member(db, viewer(), collection, person_id, given["role"])
        content = _written(db, collection)
    return content, 200, {"ETag": tag_of(content)}


@bp.delete("/<int:collection_id>/members/<int:person_id>")
@bp.doc(parameters=[MATCH])
@bp.response(200, MemberListSchema)
def take(collection_id: int, person_id: int) -> Answer:
    """Remove a member from a collection."""
    with library().transaction() as db:
        collection = _collection(db, collection_id)
        require_match(tag_of(_written(db, collection)))
        members.remove_member(db, viewer(), collection, person_id)
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
