"""Pages of collections: the overview, and one collection with its sessions."""

from flask import Blueprint, render_template

from library.access import may_curate
from library.collections import collections, listing, picks, tree
from library.errors import NotFoundError
from library.models import Collection
from library.store import Transaction
from web.http.context import library, viewer

bp = Blueprint("collections", __name__)


@bp.get("/collections")
def index() -> str:
    """List the top-level collections with their covers."""
    with library().reading() as db:
        return render_template(
            "collections/index.html",
            collection_list=listing.child_collections_with_counts(db, viewer(), None),
        )


@bp.get("/collections/<int:collection_id>")
def page(collection_id: int) -> str:
    """Show a collection: cover, picks, and its sessions in the curator's order."""
    with library().reading() as db:
        collection = collections.visible_one(db, viewer(), collection_id)
        return render_template(
            "collections/page.html",
            collection=collection,
            above=[one for one in tree.path(db, collection) if _knows(db, one)],
            inside=listing.child_collections_with_counts(db, viewer(), collection_id),
            picks=picks.shown(db, viewer(), collection_id),
            sessions=collections.sessions_in(db, viewer(), collection_id),
            count=tree.counts(db, viewer()).get(collection_id, 0),
            curates=may_curate(db, viewer(), collection_id),
        )


def _knows(db: Transaction, collection: Collection) -> bool:
    """Return whether the collection is visible to the viewer."""
    try:
        collections.visible_one(db, viewer(), collection.id)
    except NotFoundError:
        return False
    return True
