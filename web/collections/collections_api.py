"""API resources of collections: their description, sessions, picks and place in the tree."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.access import require_curator
from library.collections import collections, listing, picks, tree
from library.models import Collection
from library.store import Transaction
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of
from web.http.paging import next_url, page_in_memory, split_page
from web.openapi.schemas import AN_ID, CleanText, PageSchema, RequestSchema

bp = Blueprint(
    "api_collections",
    __name__,
    url_prefix="/api/v1/collections",
    description="Collections: sessions put together by curators.",
)

MOST_SESSIONS = 5000  # sessions of a collection in one request


class MadeSchema(RequestSchema):
    """Title and description of a new collection."""

    title = CleanText(required=True, validate=validate.Length(1, 200))
    description = CleanText(load_default="", validate=validate.Length(max=20_000))
    parent_id = fields.Integer(load_default=None, allow_none=True, validate=AN_ID)


class DescribedSchema(RequestSchema):
    """Changes of a collection. Fields that are left out stay the same."""

    title = CleanText(validate=validate.Length(1, 200))
    description = CleanText(validate=validate.Length(max=20_000))
    parent_id = fields.Integer(allow_none=True, validate=AN_ID)


class SessionsSchema(RequestSchema):
    """Complete list of a collection's sessions, in order."""

    sessions = fields.List(
        fields.Integer(validate=AN_ID),
        required=True,
        validate=validate.Length(max=MOST_SESSIONS),
    )


class PickedSchema(RequestSchema):
    """Moment to add to the picks of a collection."""

    passage_id = fields.Integer(required=True, validate=AN_ID)
    sentence = CleanText(load_default="", validate=validate.Length(max=picks.LONGEST))


class PickSchema(Schema):
    """Moment that curators show before the list of sessions."""

    id = fields.Integer()
    passage_id = fields.Integer()
    session_id = fields.Integer()
    start = fields.Float(allow_none=True)
    sentence = fields.String()


class CollectionSchema(Schema):
    """A collection in a list: title, introduction, number of sessions and cover."""

    id = fields.Integer()
    title = fields.String()
    description = fields.String(metadata={"description": "Introduction, as Markdown."})
    parent_id = fields.Integer(allow_none=True)
    count = fields.Integer(
        metadata={"description": "Number of sessions that you may see, with subcollections."}
    )
    cover_words = fields.String(metadata={"description": "Text that describes the cover picture."})
    links = fields.Dict(keys=fields.String(), values=fields.String())


class WholeCollectionSchema(CollectionSchema):
    """Collection with its sessions, subcollections and picks."""

    sessions = fields.List(fields.Integer())
    inside = fields.List(
        fields.Integer(), metadata={"description": "Ids of direct subcollections."}
    )
    picks = fields.List(fields.Nested(PickSchema))


class CollectionListSchema(Schema):
    """One page of the collections, newest first."""

    collections = fields.List(fields.Nested(CollectionSchema))
    next = fields.String(allow_none=True)


Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, CollectionListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the collections with sessions that you may see, newest first."""
    with library().reading() as db:
        known = listing.collections_with_counts(db, viewer())
        shown, last = split_page(page, page_in_memory(page, known, _number), _number)
        ids = {collection.id for collection, _ in known}
        listed = [_short(collection, count, ids) for collection, count in shown]
    return {"collections": listed, "next": next_url("api_collections.index", page, last)}


@bp.post("")
@bp.arguments(MadeSchema)
@bp.response(201, WholeCollectionSchema)
def make(given: dict[str, Any]) -> Answer:
    """Create a collection. For administrators."""
    with library().transaction() as db:
        collection = collections.add(
            db, viewer(), title=given["title"], description=given["description"]
        )
        tree.put_into(db, viewer(), collection, given["parent_id"])
        content = written(db, collection)
    return content, 201, {"ETag": tag_of(content), "Location": content["links"]["self"]}


@bp.get("/<int:collection_id>")
@bp.response(200, WholeCollectionSchema)
def one(collection_id: int) -> Answer:
    """Return one collection with its session ids in the curator's order."""
    with library().reading() as db:
        content = written(db, collections.visible_one(db, viewer(), collection_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.patch("/<int:collection_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(DescribedSchema)
@bp.response(200, WholeCollectionSchema)
def describe(given: dict[str, Any], collection_id: int) -> Answer:
    """Change the description of a collection, or move it. For curators and administrators."""
    with library().transaction() as db:
        collection = to_change(db, collection_id)
        collections.describe(
            db,
            viewer(),
            collection,
            title=given.get("title", collection.title),
            description=given.get("description", collection.description),
        )
        if "parent_id" in given:
            tree.put_into(db, viewer(), collection, given["parent_id"])
        content = written(db, collection)
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/<int:collection_id>/sessions")
@bp.doc(parameters=[MATCH])
@bp.arguments(SessionsSchema)
@bp.response(200, WholeCollectionSchema)
def fill(given: dict[str, Any], collection_id: int) -> Answer:
    """Set the sessions of a collection and their order. For curators of the collection."""
    with library().transaction() as db:
        collection = to_change(db, collection_id)
        collections.set_sessions(db, viewer(), collection, given["sessions"])
        content = written(db, collection)
    return content, 200, {"ETag": tag_of(content)}


@bp.post("/<int:collection_id>/picks")
@bp.arguments(PickedSchema)
@bp.response(201, WholeCollectionSchema)
def pick(given: dict[str, Any], collection_id: int) -> Answer:
    """Add a moment to the end of a collection's picks. For curators of the collection."""
    with library().transaction() as db:
        require_curator(db, viewer(), collection_id)
        collection = collections.get(db, collection_id)
        picks.add(db, viewer(), collection, given["passage_id"], given["sentence"])
        content = written(db, collection)
    return content, 201, {"ETag": tag_of(content)}


@bp.delete("/<int:collection_id>/picks/<int:pick_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def unpick(collection_id: int, pick_id: int) -> None:
    """Remove a pick. Send the ETag of the collection. For curators of the collection."""
    with library().transaction() as db:
        require_curator(db, viewer(), collection_id)
        collection = collections.get(db, collection_id)
        require_match(tag_of(written(db, collection)))
        removed_id = picks.get(db, collection_id, pick_id).id
        here = [shown.pick.id for shown in picks.shown(db, viewer(), collection_id)]
        picks.arrange(db, viewer(), collection, [i for i in here if i != removed_id])


@bp.delete("/<int:collection_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(collection_id: int) -> None:
    """Remove a collection. Its sessions stay in the library. For administrators."""
    with library().transaction() as db:
        collections.remove(db, viewer(), to_change(db, collection_id))


def to_change(db: Transaction, collection_id: int) -> Collection:
    """Return the collection, after a check of the curator right and of the If-Match header."""
    require_curator(db, viewer(), collection_id)
    collection = collections.get(db, collection_id)
    require_match(tag_of(written(db, collection)))
    return collection


def _number(row: tuple[Collection, int]) -> int:
    return row[0].id


def _short(collection: Collection, count: int, shown: set[int]) -> dict[str, Any]:
    return {
        "id": collection.id,
        "title": collection.title,
        "description": collection.description,
        "parent_id": collection.parent_id if collection.parent_id in shown else None,
        "count": count,
        "cover_words": collection.cover_words,
        "links": {
            "self": url_for("api_collections.one", collection_id=collection.id),
            "page": url_for("collections.page", collection_id=collection.id),
            **_cover(collection),
        },
    }


def _cover(collection: Collection) -> dict[str, str]:
    """Return the URL of the cover picture as {"cover": URL}; {} without a cover.

    The URL contains a hash of the picture, so that a new picture has a new URL.
    """
    if (sha256 := collection.cover_sha256) is None:
        return {}
    return {"cover": url_for("showcase.cover", collection_id=collection.id, v=sha256[:12])}


def written(db: Transaction, collection: Collection) -> dict[str, Any]:
    """Return a collection in the form of `WholeCollectionSchema`, as the viewer may see it."""
    known = {one.id: count for one, count in listing.collections_with_counts(db, viewer())}
    return {
        **_short(collection, known.get(collection.id, 0), set(known)),
        "sessions": [s.id for s in collections.sessions_in(db, viewer(), collection.id)],
        "inside": [
            one.id for one, _ in listing.child_collections_with_counts(db, viewer(), collection.id)
        ],
        "picks": [
            {
                "id": one.pick.id,
                "passage_id": one.passage.id,
                "session_id": one.session.id,
                "start": one.passage.start,
                "sentence": one.pick.sentence,
            }
            for one in picks.shown(db, viewer(), collection.id)
        ],
    }
