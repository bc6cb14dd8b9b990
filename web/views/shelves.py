"""Care of the collections: made, described, ordered and filled, with forms alone."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library import nested
from library.access import may_edit, require_admin, require_curator
from library.curating import picks
from library.errors import InvalidInputError
from library.holdings import collections, nesting, sessions
from library.models import Collection, MentoringSession, Originals, Visibility
from library.store import Transaction
from web import parameters, release_words
from web.context import library, viewer

bp = Blueprint("shelves", __name__, url_prefix="/care/collections")

CURATED = {"shelves.one", "shelves.describe", "shelves.fill", "shelves.order"}
MOST_OFFERED = 500  # sessions in the list to choose from


@bp.before_request
def only_curators() -> None:
    """Let curators to their own collections, and administrators everywhere.

    Raises:
        NotAllowedError: for all others.
    """
    if request.endpoint not in CURATED:
        require_admin(viewer())
        return
    with library().reading() as db:
        require_curator(db, viewer(), (request.view_args or {})["collection_id"])


@bp.get("/")
def page() -> str:
    """All collections in their order."""
    with library().reading() as db:
        return _page(db)


@bp.post("/")
def create() -> ResponseReturnValue:
    """Make a collection."""
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
    """One collection: its introduction and its sessions."""
    with library().reading() as db:
        shelf = collections.get(db, collection_id)
        inside = collections.sessions_in(db, viewer(), collection_id)
        here = {session.id for session in inside}
        others = sessions.visible(db, viewer(), limit=MOST_OFFERED)
        return render_template(
            "care/collection.html",
            shelf=shelf,
            inside=inside,
            others=[s for s in others if s.id not in here and _may_share(s)],
            above=nesting.path(db, shelf),
            picks=picks.shown(db, viewer(), shelf.id),
            places=_places(db, shelf) if viewer().is_admin else [],
        )


@bp.post("/<int:collection_id>")
def describe(collection_id: int) -> ResponseReturnValue:
    """Keep the title, the introduction and the words to expect."""
    title, text = _described()
    with library().transaction() as db:
        shelf = collections.get(db, collection_id)
        collections.describe(
            db,
            viewer(),
            shelf,
            title=title,
            description=text,
            vocabulary=parameters.text(request.form, "vocabulary", longest=4000),
        )
        if viewer().is_admin and "originals" in request.form:
            chosen = parameters.choice(request.form, "originals", Originals)
            collections.keep_originals(db, viewer(), shelf, chosen)
    flash("The collection is saved.")
    return redirect(url_for("shelves.one", collection_id=collection_id))


@bp.post("/<int:collection_id>/sessions")
def fill(collection_id: int) -> ResponseReturnValue:
    """Put a session in, take one out, or move it by one place."""
    with library().transaction() as db:
        shelf = collections.get(db, collection_id)
        before = [session.id for session in collections.sessions_in(db, viewer(), shelf.id)]
        collections.fill(db, viewer(), shelf, _changed(before))
    return redirect(url_for("shelves.one", collection_id=collection_id))


@bp.post("/<int:collection_id>/order")
def order(collection_id: int) -> ResponseReturnValue:
    """Put the sessions into the order that they were dragged into."""
    given = [int(one) for one in request.form.get("order", "").split(",") if one.isdecimal()]
    with library().transaction() as db:
        shelf = collections.get(db, collection_id)
        before = [session.id for session in collections.sessions_in(db, viewer(), shelf.id)]
        chosen = [i for i in dict.fromkeys(given) if i in before]
        rest = [i for i in before if i not in chosen]
        collections.fill(db, viewer(), shelf, [*chosen, *rest])
    flash("The order is saved.")
    return redirect(url_for("shelves.one", collection_id=collection_id))


@bp.post("/<int:collection_id>/nest")
def nest(collection_id: int) -> ResponseReturnValue:
    """Put a collection into another, or into none."""
    with library().transaction() as db:
        shelf = collections.get(db, collection_id)
        nesting.put_into(db, viewer(), shelf, parameters.identifier(request.form, "into"))
        later = release_words.still_to_settle(db)
    flash("The collection has its new place." + later)
    return redirect(url_for("shelves.one", collection_id=collection_id))


@bp.post("/<int:collection_id>/move")
def move(collection_id: int) -> ResponseReturnValue:
    """Move a collection by one place among the others."""
    with library().transaction() as db:
        shelf = collections.get(db, collection_id)
        beside = [one.id for one in nesting.children(db, shelf.parent_id)]
        collections.arrange(db, viewer(), moved(beside, collection_id, direction()))
    return redirect(url_for("shelves.page"))


@bp.post("/<int:collection_id>/remove")
def remove(collection_id: int) -> ResponseReturnValue:
    """Remove a collection; its sessions stay in the library."""
    with library().transaction() as db:
        shelf: Collection = collections.get(db, collection_id)
        collections.remove(db, viewer(), shelf)
        later = release_words.still_to_settle(db)
    flash(f"“{shelf.title}” is removed; its sessions are still in the library." + later)
    return redirect(url_for("shelves.page"))


def moved(order: Sequence[int], item: int, by: int) -> list[int]:
    """*order* with *item* moved by one place; at the end it stays where it is."""
    place = order.index(item)
    target = min(len(order) - 1, max(0, place + by))
    rest = [other for other in order if other != item]
    return [*rest[:target], item, *rest[target:]]


def _places(db: Transaction, shelf: Collection) -> list[Collection]:
    """The collections that this one can be put into."""
    below = set(db.scalars(nested.inside(shelf.id)))
    return [one for one in collections.everything(db) if one.id not in below]


def _may_share(session: MentoringSession) -> bool:
    """Whether the reader may put a session in: what is for some collections is its owner's."""
    shared = session.visibility in {Visibility.MEMBERS, Visibility.PUBLIC}
    return shared or may_edit(viewer(), session)


def _changed(before: list[int]) -> list[int]:
    """The sessions after the button that was pressed."""
    session_id = parameters.identifier(request.form, "session")
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
    """Which way the button that was pressed moves something.

    Raises:
        InvalidInputError: it is none of the two.
    """
    steps = {"up": -1, "down": 1}
    if (action := request.form.get("do", "")) not in steps:
        raise InvalidInputError("Press one of the buttons: up or down.")
    return steps[action]


def _described() -> tuple[str, str]:
    title = parameters.text(request.form, "title", longest=200)
    return title, parameters.text(request.form, "description", longest=20_000)


def _in_steps(db: Transaction) -> list[tuple[int, Collection, bool, bool]]:
    """All collections, each behind the one that it is in: depth, and whether first and last."""
    found: list[tuple[int, Collection, bool, bool]] = []

    def walk(parent_id: int | None, depth: int) -> None:
        here = nesting.children(db, parent_id)
        for number, shelf in enumerate(here):
            found.append((depth, shelf, number == 0, number == len(here) - 1))
            walk(shelf.id, depth + 1)

    walk(None, 0)
    return found


def _page(db: Transaction, error: str = "") -> str:
    return render_template(
        "care/collections.html",
        shelves=_in_steps(db),
        counts=nesting.counts(db, viewer()),
        error=error,
        given={"title": _described()[0], "description": _described()[1]},
    )
