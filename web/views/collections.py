"""Collections: the shelf of covers, and one cover with what stands behind it."""

from flask import Blueprint, render_template

from library.access import may_curate
from library.curating import picks
from library.errors import NotFoundError
from library.holdings import collections, nesting, reading
from library.models import Collection
from library.store import Transaction
from web.context import library, viewer

bp = Blueprint("collections", __name__)


@bp.get("/collections")
def index() -> str:
    """All collections as covers."""
    with library().reading() as db:
        return render_template(
            "collections/index.html",
            shelves=reading.shelves_in(db, viewer(), None),
        )


@bp.get("/collections/<int:collection_id>")
def page(collection_id: int) -> str:
    """A collection's cover and its sessions, in the curator's order."""
    with library().reading() as db:
        collection = collections.visible_one(db, viewer(), collection_id)
        return render_template(
            "collections/page.html",
            collection=collection,
            above=[one for one in nesting.path(db, collection) if _knows(db, one)],
            inside=reading.shelves_in(db, viewer(), collection_id),
            picks=picks.shown(db, viewer(), collection_id),
            sessions=collections.sessions_in(db, viewer(), collection_id),
            count=nesting.counts(db, viewer()).get(collection_id, 0),
            curates=may_curate(db, viewer(), collection_id),
        )


def _knows(db: Transaction, collection: Collection) -> bool:
    """Whether the reader may know that there is this collection."""
    try:
        collections.visible_one(db, viewer(), collection.id)
    except NotFoundError:
        return False
    return True
