"""Collections: made by administrators, arranged by curators, added to by contributors."""

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import selectinload

from library import nested
from library.access import (
    Viewer,
    collections_of,
    may_contribute,
    may_curate,
    may_edit,
    require_admin,
    require_curator,
    session_for,
    sessions_for,
    visible_sessions,
)
from library.consent import release_due
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.holdings import nesting
from library.models import (
    Collection,
    CollectionEntry,
    CollectionRole,
    MentoringSession,
    Originals,
    Participant,
    Visibility,
)
from library.store import Transaction

LONGEST_VOCABULARY = 4000  # characters
AT_ONCE = 500  # sessions in one statement


def add(db: Transaction, viewer: Viewer, *, title: str, description: str = "") -> Collection:
    """A new collection, behind the others.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: it has no title.
    """
    require_admin(viewer)
    last = db.scalar(select(func.max(Collection.position)))
    collection = Collection(position=(last or 0) + 1, title="")
    db.add(collection)
    db.flush()
    describe(db, viewer, collection, title=title, description=description)
    return collection


def describe(
    db: Transaction,
    viewer: Viewer,
    collection: Collection,
    *,
    title: str,
    description: str,
    vocabulary: str | None = None,
) -> None:
    """Write a collection's title and introduction, and the words that its sessions use.

    *vocabulary*: names and words, with commas or lines between them; None leaves them as they are.

    Raises:
        NotAllowedError: *viewer* is neither one of its curators nor an administrator.
        InvalidInputError: it has no title.
    """
    require_curator(db, viewer, collection.id)
    if not (clean := " ".join(title.split())):
        raise InvalidInputError("Give the collection a title.")
    collection.title, collection.description = clean[:200], description.strip()
    if vocabulary is not None:
        collection.vocabulary = vocabulary.strip()[:LONGEST_VOCABULARY]
    db.flush()


def keep_originals(
    db: Transaction, viewer: Viewer, collection: Collection, originals: Originals | None
) -> None:
    """Say what becomes of originals of which something is taken off the record; None: as usual.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    collection.originals = originals
    db.flush()


def get(db: Transaction, collection_id: int) -> Collection:
    """The collection with this id.

    Raises:
        NotFoundError: there is none.
    """
    if (collection := db.get(Collection, collection_id)) is None:
        raise NotFoundError("There is no collection here.")
    return collection


def visible_one(db: Transaction, viewer: Viewer, collection_id: int) -> Collection:
    """The collection with this id, where it or what it holds has something for *viewer*.

    Its curators see it also when it is empty.

    Raises:
        NotFoundError: there is none, or none for *viewer*; the two look the same.
    """
    collection = get(db, collection_id)
    some = (
        select(CollectionEntry.session_id)
        .join(MentoringSession, MentoringSession.id == CollectionEntry.session_id)
        .where(
            CollectionEntry.collection_id.in_(nested.inside(collection_id)),
            visible_sessions(viewer),
        )
    )
    if db.scalar(some.limit(1)) is None and not may_curate(db, viewer, collection_id):
        raise NotFoundError("There is no collection here.")
    return collection


def everything(db: Transaction) -> Sequence[Collection]:
    """All collections in their order."""
    return db.scalars(select(Collection).order_by(Collection.position, Collection.id)).all()


def sessions_in(db: Transaction, viewer: Viewer, collection_id: int) -> Sequence[MentoringSession]:
    """A collection's sessions that *viewer* may see, in the curator's order."""
    return db.scalars(
        select(MentoringSession)
        .join(CollectionEntry, CollectionEntry.session_id == MentoringSession.id)
        .where(CollectionEntry.collection_id == collection_id, visible_sessions(viewer))
        .order_by(CollectionEntry.position, MentoringSession.id)
        .options(
            selectinload(MentoringSession.participants).selectinload(Participant.person),
            selectinload(MentoringSession.sources),
        )
    ).all()


def holding(db: Transaction, session_id: int) -> Sequence[Collection]:
    """The collections that a session is in, in their order."""
    return db.scalars(
        select(Collection)
        .join(CollectionEntry, CollectionEntry.collection_id == Collection.id)
        .where(CollectionEntry.session_id == session_id)
        .order_by(Collection.position, Collection.id)
    ).all()


def holdings(
    db: Transaction, viewer: Viewer, session_ids: Sequence[int]
) -> dict[int, list[Collection]]:
    """The collections of each of these sessions that *viewer* may see, in their order."""
    found: dict[int, list[Collection]] = {}
    rows = db.execute(
        select(CollectionEntry.session_id, Collection)
        .join(Collection, Collection.id == CollectionEntry.collection_id)
        .join(MentoringSession, MentoringSession.id == CollectionEntry.session_id)
        .where(CollectionEntry.session_id.in_(session_ids), visible_sessions(viewer))
        .order_by(Collection.position, Collection.id)
    )
    for session_id, collection in rows:
        found.setdefault(session_id, []).append(collection)
    return found


def open_to(db: Transaction, viewer: Viewer) -> Sequence[Collection]:
    """The collections into which *viewer* may put sessions of their own, in their order."""
    query = select(Collection).order_by(Collection.position, Collection.id)
    if not viewer.is_admin:
        query = query.where(Collection.id.in_(collections_of(viewer, CollectionRole.CONTRIBUTOR)))
    return db.scalars(query).all()


def fill(
    db: Transaction, viewer: Viewer, collection: Collection, session_ids: Sequence[int]
) -> None:
    """Put exactly these sessions into a collection, in this order.

    What a curator cannot see stays in it, behind what they see.

    Raises:
        NotAllowedError: *viewer* is no curator of it; or a session is meant for the members of
            its own collections only and is not *viewer*'s to share.
        NotFoundError: one of them is not there.
    """
    require_curator(db, viewer, collection.id)
    seen = set(
        db.scalars(
            select(MentoringSession.id)
            .join(CollectionEntry, CollectionEntry.session_id == MentoringSession.id)
            .where(CollectionEntry.collection_id == collection.id, visible_sessions(viewer))
        )
    )
    wanted = list(dict.fromkeys(session_ids))
    for session in sessions_for(db, viewer, [i for i in wanted if i not in seen]):
        _require_sharable(viewer, session)
    named = seen.union(wanted)
    unseen = [i for i in _places(db, collection) if i not in named]
    _set(db, collection, [*wanted, *unseen])


def put_in(db: Transaction, viewer: Viewer, collection: Collection, session_id: int) -> None:
    """Put a session at the end of a collection, unless it is in it.

    Raises:
        NotAllowedError: *viewer* may not put this session into this collection.
        NotFoundError: there is no such session for *viewer*.
    """
    refusal = "Only its contributors put their own sessions into a collection."
    if not may_contribute(db, viewer, collection.id):
        raise NotAllowedError(refusal)
    session = session_for(db, viewer, session_id)
    if not may_curate(db, viewer, collection.id) and not may_edit(viewer, session):
        raise NotAllowedError(refusal)
    _require_sharable(viewer, session)
    _set(db, collection, [*_places(db, collection), session_id])


def place(db: Transaction, viewer: Viewer, session_id: int, collection_ids: Sequence[int]) -> None:
    """Let a session be in exactly these of the collections that *viewer* may put it into.

    Where it is already, it keeps its place; collections that are not open to *viewer* stay as
    they are.

    Raises:
        NotAllowedError: *viewer* may not change the session.
        NotFoundError: there is no such session for *viewer*.
    """
    session = session_for(db, viewer, session_id)
    if not may_edit(viewer, session):
        raise NotAllowedError
    for collection in open_to(db, viewer):
        inside = list(_places(db, collection))
        if collection.id in collection_ids and session_id not in inside:
            _set(db, collection, [*inside, session_id])
        elif collection.id not in collection_ids and session_id in inside:
            _set(db, collection, [i for i in inside if i != session_id])


def _require_sharable(viewer: Viewer, session: MentoringSession) -> None:
    """Only its owner hands on what is meant for the members of certain collections.

    Raises:
        NotAllowedError: *viewer* is not.
    """
    shared = session.visibility in {Visibility.MEMBERS, Visibility.PUBLIC}
    if not (shared or may_edit(viewer, session)):
        raise NotAllowedError("Only its owner can put this session into another collection.")


def _places(db: Transaction, collection: Collection) -> dict[int, int]:
    """The sessions that a collection holds, in their order, each with its place."""
    places = (
        select(CollectionEntry.session_id, CollectionEntry.position)
        .where(CollectionEntry.collection_id == collection.id)
        .order_by(CollectionEntry.position, CollectionEntry.session_id)
    )
    return {row.session_id: row.position for row in db.execute(places)}


def _set(db: Transaction, collection: Collection, session_ids: Sequence[int]) -> None:
    """Let a collection hold these, in this order; whose release they need may follow from it."""
    before = _places(db, collection)
    after = {session_id: place for place, session_id in enumerate(dict.fromkeys(session_ids))}
    of = {"collection_id": collection.id}
    new = [{**of, "session_id": i, "position": after[i]} for i in after if i not in before]
    moved = [
        {**of, "session_id": i, "position": after[i]}
        for i in after
        if before.get(i, after[i]) != after[i]
    ]
    gone = [i for i in before if i not in after]
    for first in range(0, len(gone), AT_ONCE):
        out = CollectionEntry.session_id.in_(gone[first : first + AT_ONCE])
        db.execute(
            delete(CollectionEntry).where(CollectionEntry.collection_id == collection.id, out)
        )
    if new:
        db.execute(insert(CollectionEntry), new)
    if moved:
        db.execute(update(CollectionEntry), moved)
    db.flush()
    db.expire(collection, ["entries"])
    release_due.settle_soon(db, [*gone, *(row["session_id"] for row in new)])


def arrange(db: Transaction, viewer: Viewer, collection_ids: Sequence[int]) -> None:
    """Put the collections into this order; those not named follow behind as they were.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    rank = {collection_id: i for i, collection_id in enumerate(collection_ids)}
    ordered = sorted(everything(db), key=lambda c: (rank.get(c.id, len(rank)), c.position))
    for position, collection in enumerate(ordered):
        collection.position = position
    db.flush()


def remove(db: Transaction, viewer: Viewer, collection: Collection) -> None:
    """Remove a collection; its sessions stay, and what it held goes up into its place.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    held = select(CollectionEntry.session_id).where(
        CollectionEntry.collection_id.in_(nested.inside(collection.id))
    )
    inside = list(db.scalars(held.distinct()))
    nesting.lift_out(db, collection)
    db.delete(collection)
    db.flush()
    release_due.settle_soon(db, inside)
