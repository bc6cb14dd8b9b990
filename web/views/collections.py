"""Collections: the shelf of covers, and one cover with what stands behind it."""

from flask import Blueprint, render_template

from library import collections, reading
from library.access import may_curate
from library.errors import NotFoundError
from web.context import library, viewer

bp = Blueprint("collections", __name__)


@bp.get("/collections")
def index() -> str:
    """All collections as covers."""
    with library().reading() as db:
        return render_template(
            "collections/index.html",
            shelves=reading.shelves(db, viewer()),
        )


@bp.get("/collections/<int:collection_id>")
def page(collection_id: int) -> str:
    """A collection's cover and its sessions, in the curator's order."""
    with library().reading() as db:
        collection = collections.get(db, collection_id)
        found = collections.sessions_in(db, viewer(), collection_id)
        curates = may_curate(db, viewer(), collection_id)
        if not found and not curates:
            raise NotFoundError("There is no collection here.")
        return render_template(
            "collections/page.html", collection=collection, sessions=found, curates=curates
        )
