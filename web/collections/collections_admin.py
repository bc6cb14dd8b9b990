"""Administration pages that create, describe, order and fill collections."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library import collection_closure
from library.access import may_edit, require_admin, require_curator
from library.collections import collections, picks, tree
from library.errors import InvalidInputError
from library.models import Collection, MentoringSession, Originals, Visibility
from library.sessions import sessions
from library.store import Transaction
from library.translation import gettext
from web.http import params
from web.http.context import library, viewer
from web.rendering import release_state_text

bp = Blueprint("shelves", __name__, url_prefix="/care/collections")

CURATED = {"shelves.one", "shelves.describe", "shelves.fill", "shelves.order"}
MOST_OFFERED = 500  # sessions in the list to choose from


@bp.before_request
def only_curators() -> None:
    """Require a curator of the collection, or an administrator.

    Raises:
        NotAllowedError: The viewer is not a curator of the collection or an administrator.
    """
    if request.endpoint not in CURATED:
        require_admin(viewer())
        return
    with library().reading() as db:
        require_curator(db, viewer(), (request.view_args or {})["collection_id"])


@bp.get("/")
def page() -> str:
    """List all collections in their order."""
    with library().reading() as db:
        return _page(db)


@bp.post("/")
def create() -> ResponseReturnValue:
    """Create a collection."""
    title, text = _described()
    try:
        with library().transaction() as db:
            made = collections.add(db, viewer(), title=title, description=text)
    except InvalidInputError as error:
        with library().reading() as db:
            return _page(db, error=str(error)), HTTPStatus.BAD_REQUEST
    return redirect(url_for("shelves.one", collection_id=made.id))


@bp.get("/<int:collection_id>")
def one(collection_id: int) -> str:
    """Show one collection: its introduction and its sessions."""
    with library().reading() as db:
        collection = collections.get(db, collection_id)
        inside = collections.sessions_in(db, viewer(), collection_id)
        here = {session.id for session in inside}
        others = sessions.visible(db, viewer(), limit=MOST_OFFERED)
        return render_template(
            "collections/edit.html",
            collection=collection,
            inside=inside,
            others=[s for s in others if s.id not in here and _may_share(s)],
            above=tree.path(db, collection),
            picks=picks.shown(db, viewer(), collection.id),
            places=_places(db, collection) if viewer().is_admin else [],
        )


@bp.post("/<int:collection_id>")
def describe(collection_id: int) -> ResponseReturnValue:
    """Save title, introduction and hotwords, and what a redaction does with original files."""
    title, text = _described()
    with library().transaction() as db:
        collection = collections.get(db, collection_id)
        collections.describe(
            db,
            viewer(),
            collection,
            title=title,
            description=text,
            vocabulary=params.text(request.form, "vocabulary", longest=4000),
        )
        if viewer().is_admin and "originals" in request.form:
            chosen = params.choice(request.form, "originals", Originals)
            collections.keep_originals(db, viewer(), collection, chosen)
    flash(gettext("The collection is saved."))
    return redirect(url_for("shelves.one", collection_id=collection_id))


@bp.post("/<int:collection_id>/sessions")
def fill(collection_id: int) -> ResponseReturnValue:
    """Add a session to a collection, remove a session, or move a session by one position."""
    with library().transaction() as db:
        collection = collections.get(db, collection_id)
        before = [session.id for session in collections.sessions_in(db, viewer(), collection.id)]
        collections.set_sessions(db, viewer(), collection, _changed(before))
    return redirect(url_for("shelves.one", collection_id=collection_id))


@bp.post("/<int:collection_id>/order")
def order(collection_id: int) -> ResponseReturnValue:
    """Save the order of sessions after drag and drop."""
    given = [int(one) for one in request.form.get("order", "").split(",") if one.isdecimal()]
    with library().transaction() as db:
        collection = collections.get(db, collection_id)
        before = [session.id for session in collections.sessions_in(db, viewer(), collection.id)]
        chosen = [i for i in dict.fromkeys(given) if i in before]
        rest = [i for i in before if i not in chosen]
        collections.set_sessions(db, viewer(), collection, [*chosen, *rest])
    flash(gettext("The order is saved."))
    return redirect(url_for("shelves.one", collection_id=collection_id))


@bp.post("/<int:collection_id>/nest")
def nest(collection_id: int) -> ResponseReturnValue:
    """Move a collection into another one, or to the top level."""
    with library().transaction() as db:
        collection = collections.get(db, collection_id)
        tree.put_into(db, viewer(), collection, params.identifier(request.form, "into"))
        later = release_state_text.pending_releases_sentence(db)
    flash(gettext("The collection is moved.") + later)
    return redirect(url_for("shelves.one", collection_id=collection_id))


@bp.post("/<int:collection_id>/move")
def move(collection_id: int) -> ResponseReturnValue:
    """Move a collection by one position among its siblings."""
    with library().transaction() as db:
        collection = collections.get(db, collection_id)
        beside = [one.id for one in tree.children(db, collection.parent_id)]
        collections.arrange(db, viewer(), moved(beside, collection_id, direction()))
    return redirect(url_for("shelves.page"))


@bp.post("/<int:collection_id>/remove")
def remove(collection_id: int) -> ResponseReturnValue:
    """Remove a collection; its sessions stay in the library."""
    with library().transaction() as db:
        collection: Collection = collections.get(db, collection_id)
        collections.remove(db, viewer(), collection)
        later = release_state_text.pending_releases_sentence(db)
    flash(
        gettext(
            "“%(title)s” is removed; its sessions are still in the library.", title=collection.title
        )
        + later
    )
    return redirect(url_for("shelves.page"))


def moved(order: Sequence[int], item: int, by: int) -> list[int]:
    """Return *order* with *item* moved by *by* positions, limited to the ends of the list."""
    place = order.index(item)
    target = min(len(order) - 1, max(0, place + by))
    rest = [other for other in order if other != item]
    return [*rest[:target], item, *rest[target:]]


def _places(db: Transaction, collection: Collection) -> list[Collection]:
    """Return the collections that *collection* can be moved into."""
    below = set(db.scalars(collection_closure.inside(collection.id)))
    return [one for one in collections.all_collections(db) if one.id not in below]


def _may_share(session: MentoringSession) -> bool:
    """Return whether the viewer may add a session to a collection.

    Only its owner and administrators may add a session that members and the public cannot see.
    """
    shared = session.visibility in {Visibility.MEMBERS, Visibility.PUBLIC}
    return shared or may_edit(viewer(), session)


def _changed(before: list[int]) -> list[int]:
    """Return the session ids of a collection after the action of the pressed button."""
    session_id = params.identifier(request.form, "session")
    if session_id is None:
        raise InvalidInputError("Choose a session.")
    action = request.form.get("do", "")
    if action == "add":
        return [*before, session_id]
    if session_id not in before:
        raise InvalidInputError("This session is not in the collection any more.")
    if action == "take-out":
        return [other for other in before if other != session_id]
    return moved(before, session_id, direction())


def direction() -> int:
    """Return the direction in which the pressed button moves an item: -1 for up, 1 for down.

    Raises:
        InvalidInputError: The button is neither up nor down.
    """
    steps = {"up": -1, "down": 1}
    if (action := request.form.get("do", "")) not in steps:
        raise InvalidInputError(
            "Unknown action. Reload the page and use the buttons for up or down."
        )
    return steps[action]


def _described() -> tuple[str, str]:
    title = params.text(request.form, "title", longest=200)
    return title, params.text(request.form, "description", longest=20_000)


def _in_steps(db: Transaction) -> list[tuple[int, Collection, bool, bool]]:
    """Return all collections in tree order, each as (depth, collection, is first, is last).

    The last two values say whether the collection is the first or last of its siblings.
    """
    found: list[tuple[int, Collection, bool, bool]] = []

    def walk(parent_id: int | None, depth: int) -> None:
        here = tree.children(db, parent_id)
        for number, collection in enumerate(here):
            found.append((depth, collection, number == 0, number == len(here) - 1))
            walk(collection.id, depth + 1)

    walk(None, 0)
    return found


def _page(db: Transaction, error: str = "") -> str:
    return render_template(
        "collections/admin.html",
        collection_list=_in_steps(db),
        counts=tree.counts(db, viewer()),
        error=error,
        given={"title": _described()[0], "description": _described()[1]},
    )
