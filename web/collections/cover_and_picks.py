"""Pages on which curators edit the cover and the picks of a collection."""

from flask import Blueprint, Response, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from library.access import require_curator
from library.collections import collections, covers, picks
from library.errors import NotFoundError
from library.images import LARGEST
from library.store import Transaction
from library.translation import gettext
from web.collections.collections_admin import direction, moved
from web.http import params
from web.http.context import library, viewer
from web.rendering import local_links

bp = Blueprint("showcase", __name__, url_prefix="/collections/<int:collection_id>")


@bp.get("/cover")
def cover(collection_id: int) -> Response:
    """Return the cover picture of a visible collection."""
    with library().reading() as db:
        collection = collections.visible_one(db, viewer(), collection_id)
        sha256, media_type = collection.cover_sha256, collection.cover_media_type
    if sha256 is None or media_type is None:
        raise NotFoundError("This collection has no cover.")
    response = send_file(
        library().files.path(sha256), mimetype=media_type, conditional=True, etag=sha256
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@bp.post("/cover")
def put_cover(collection_id: int) -> ResponseReturnValue:
    """Set, describe or remove the cover picture."""
    words = params.text(request.form, "words", longest=covers.LONGEST_WORDS)
    with library().reading() as db:
        _curated(db, collection_id)
    given = request.files.get("picture")
    if request.form.get("do") == "remove":
        covers.remove(library(), viewer(), collection_id)
    elif given is not None and given.filename:
        data = given.stream.read(LARGEST + 1)
        covers.put(library(), viewer(), collection_id, data, words)
    else:
        covers.describe(library(), viewer(), collection_id, words)
    flash(gettext("The cover is saved."))
    return redirect(url_for("shelves.one", collection_id=collection_id))


@bp.post("/picks")
def pick(collection_id: int) -> ResponseReturnValue:
    """Add the moment at a pasted address to the picks, move a pick, or remove a pick."""
    with library().transaction() as db:
        collection = collections.get(db, _curated(db, collection_id))
        wanted = params.identifier(request.form, "pick")
        here = [one.pick.id for one in picks.shown(db, viewer(), collection_id)]
        if wanted is None and (order := request.form.get("order")) is not None:
            chosen = [i for i in _numbers(order) if i in here]
            picks.arrange(
                db, viewer(), collection, [*chosen, *(i for i in here if i not in chosen)]
            )
        elif wanted is None:
            given = params.text(request.form, "address", longest=2000)
            sentence = params.text(request.form, "sentence", longest=picks.LONGEST)
            picks.add(db, viewer(), collection, local_links.passage_id(db, given), sentence)
        elif wanted not in here:
            raise NotFoundError("This pick does not exist any more. Reload the page.")
        elif request.form.get("do") == "take-out":
            picks.arrange(db, viewer(), collection, [i for i in here if i != wanted])
        else:
            picks.arrange(db, viewer(), collection, moved(here, wanted, direction()))
    flash(gettext("The picks are saved."))
    return redirect(url_for("shelves.one", collection_id=collection_id) + "#picks")


def _curated(db: Transaction, collection_id: int) -> int:
    """Return *collection_id*, after a check that the viewer curates the collection.

    Raises:
        NotAllowedError: The viewer is not a curator of the collection.
    """
    require_curator(db, viewer(), collection_id)
    return collection_id


def _numbers(text: str) -> list[int]:
    return [int(one) for one in text.split(",") if one.isdecimal() and len(one) < 18]
