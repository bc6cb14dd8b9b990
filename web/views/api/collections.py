"""Collections from a program: read, made, described, nested, filled, and picked from."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, validate

from library.access import require_curator
from library.curating import picks
from library.holdings import collections, nesting, reading
from library.models import Collection
from library.store import Transaction
from web.context import library, viewer
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.paging import behind, cut, following
from web.views.api.schemas import AN_ID, CleanText, PageSchema

bp = Blueprint(
    "api_collections",
    __name__,
    url_prefix="/api/v1/collections",
    description="Sessions that curators put together.",
)

MOST_SESSIONS = 5000  # of a collection, in one request


class Strict(Schema):
    """Refuses what we do not know, so that a misspelled field is not lost silently."""

    class Meta:
        """The setting of that."""

        unknown = RAISE


class MadeSchema(Strict):
    """A collection to be made."""

    title = CleanText(required=True, validate=validate.Length(1, 200))
    description = CleanText(load_default="", validate=validate.Length(max=20_000))
    parent_id = fields.Integer(load_default=None, allow_none=True, validate=AN_ID)


class DescribedSchema(Strict):
    """What changes of a collection; what is absent stays."""

    title = CleanText(validate=validate.Length(1, 200))
    description = CleanText(validate=validate.Length(max=20_000))
    parent_id = fields.Integer(allow_none=True, validate=AN_ID)


class SessionsSchema(Strict):
    """Exactly the sessions of a collection, in their order."""

    sessions = fields.List(
        fields.Integer(validate=AN_ID),
        required=True,
        validate=validate.Length(max=MOST_SESSIONS),
    )


class PickedSchema(Strict):
    """A moment to be picked."""

    passage_id = fields.Integer(required=True, validate=AN_ID)
    sentence = CleanText(load_default="", validate=validate.Length(max=picks.LONGEST))


class PickSchema(Schema):
    """A moment that curators put before the list."""

    id = fields.Integer()
    passage_id = fields.Integer()
    session_id = fields.Integer()
    start = fields.Float(allow_none=True)
    sentence = fields.String()


class CollectionSchema(Schema):
    """A collection."""

    id = fields.Integer()
    title = fields.String()
    description = fields.String(metadata={"description": "The introduction, as Markdown."})
    parent_id = fields.Integer(allow_none=True)
    count = fields.Integer(metadata={"description": "Sessions that you may see, at any depth."})
    cover_words = fields.String(metadata={"description": "What is on its cover."})
    links = fields.Dict(keys=fields.String(), values=fields.String())


class WholeCollectionSchema(CollectionSchema):
    """The same with what is in it."""

    sessions = fields.List(fields.Integer())
    inside = fields.List(fields.Integer(), metadata={"description": "Collections right in it."})
    picks = fields.List(fields.Nested(PickSchema))


class CollectionListSchema(Schema):
    """A part of the collections, the newest first."""

    collections = fields.List(fields.Nested(CollectionSchema))
    next = fields.String(allow_none=True)


Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, CollectionListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """The collections that hold something for you, newest first."""
    with library().reading() as db:
        known = reading.shelves(db, viewer())
        shown, last = cut(page, behind(page, known, _number), _number)
        ids = {shelf.id for shelf, _ in known}
        listed = [_short(shelf, count, ids) for shelf, count in shown]
    return {"collections": listed, "next": following("api_collections.index", page, last)}


@bp.post("")
@bp.arguments(MadeSchema)
@bp.response(201, WholeCollectionSchema)
def make(given: dict[str, Any]) -> Answer:
    """Make a collection; for administrators."""
    with library().transaction() as db:
        shelf = collections.add(
            db, viewer(), title=given["title"], description=given["description"]
        )
        nesting.put_into(db, viewer(), shelf, given["parent_id"])
        content = written(db, shelf)
    return content, 201, {"ETag": tag_of(content), "Location": content["links"]["self"]}


@bp.get("/<int:collection_id>")
@bp.response(200, WholeCollectionSchema)
def one(collection_id: int) -> Answer:
    """One collection with the numbers of its sessions, in the curator's order."""
    with library().reading() as db:
        content = written(db, collections.visible_one(db, viewer(), collection_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.patch("/<int:collection_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(DescribedSchema)
@bp.response(200, WholeCollectionSchema)
def describe(given: dict[str, Any], collection_id: int) -> Answer:
    """Describe a collection, or put it into another; for its curators and administrators."""
    with library().transaction() as db:
        shelf = to_change(db, collection_id)
        collections.describe(
            db,
            viewer(),
            shelf,
            title=given.get("title", shelf.title),
            description=given.get("description", shelf.description),
        )
        if "parent_id" in given:
            nesting.put_into(db, viewer(), shelf, given["parent_id"])
        content = written(db, shelf)
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/<int:collection_id>/sessions")
@bp.doc(parameters=[MATCH])
@bp.arguments(SessionsSchema)
@bp.response(200, WholeCollectionSchema)
def fill(given: dict[str, Any], collection_id: int) -> Answer:
    """Put exactly these sessions into a collection, in this order; for its curators."""
    with library().transaction() as db:
        shelf = to_change(db, collection_id)
        collections.fill(db, viewer(), shelf, given["sessions"])
        content = written(db, shelf)
    return content, 200, {"ETag": tag_of(content)}


@bp.post("/<int:collection_id>/picks")
@bp.arguments(PickedSchema)
@bp.response(201, WholeCollectionSchema)
def pick(given: dict[str, Any], collection_id: int) -> Answer:
    """Put a moment behind the picks of a collection; for its curators."""
    with library().transaction() as db:
        require_curator(db, viewer(), collection_id)
        shelf = collections.get(db, collection_id)
        picks.add(db, viewer(), shelf, given["passage_id"], given["sentence"])
        content = written(db, shelf)
    return content, 201, {"ETag": tag_of(content)}


@bp.delete("/<int:collection_id>/picks/<int:pick_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def unpick(collection_id: int, pick_id: int) -> None:
    """Take a pick out, naming the ETag of the collection; for its curators."""
    with library().transaction() as db:
        require_curator(db, viewer(), collection_id)
        shelf = collections.get(db, collection_id)
        require_match(tag_of(written(db, shelf)))
        gone = picks.get(db, collection_id, pick_id).id
        here = [shown.pick.id for shown in picks.shown(db, viewer(), collection_id)]
        picks.arrange(db, viewer(), shelf, [i for i in here if i != gone])


@bp.delete("/<int:collection_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(collection_id: int) -> None:
    """Remove a collection; its sessions stay; for administrators."""
    with library().transaction() as db:
        collections.remove(db, viewer(), to_change(db, collection_id))


def to_change(db: Transaction, collection_id: int) -> Collection:
    """The collection, for its curators who have read it as it is."""
    require_curator(db, viewer(), collection_id)
    shelf = collections.get(db, collection_id)
    require_match(tag_of(written(db, shelf)))
    return shelf


def _number(row: tuple[Collection, int]) -> int:
    return row[0].id


def _short(shelf: Collection, count: int, shown: set[int]) -> dict[str, Any]:
    return {
        "id": shelf.id,
        "title": shelf.title,
        "description": shelf.description,
        "parent_id": shelf.parent_id if shelf.parent_id in shown else None,
        "count": count,
        "cover_words": shelf.cover_words,
        "links": {
            "self": url_for("api_collections.one", collection_id=shelf.id),
            "page": url_for("collections.page", collection_id=shelf.id),
            **_cover(shelf),
        },
    }


def _cover(shelf: Collection) -> dict[str, str]:
    """Where its picture is; its address changes with it, and so does the ETag."""
    if (sha256 := shelf.cover_sha256) is None:
        return {}
    return {"cover": url_for("showcase.cover", collection_id=shelf.id, v=sha256[:12])}


def written(db: Transaction, shelf: Collection) -> dict[str, Any]:
    """A collection as programs read it: what of it the viewer may see."""
    known = {one.id: count for one, count in reading.shelves(db, viewer())}
    return {
        **_short(shelf, known.get(shelf.id, 0), set(known)),
        "sessions": [s.id for s in collections.sessions_in(db, viewer(), shelf.id)],
        "inside": [one.id for one, _ in reading.shelves_in(db, viewer(), shelf.id)],
        "picks": [
            {
                "id": one.pick.id,
                "passage_id": one.passage.id,
                "session_id": one.session.id,
                "start": one.passage.start,
                "sentence": one.pick.sentence,
            }
            for one in picks.shown(db, viewer(), shelf.id)
        ],
    }
