"""Collections: administrators create them, curators arrange them, contributors add sessions."""

from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import selectinload

from library import collection_closure
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
from library.collections import tree
from library.consent import pending_releases
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
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
from library.translation import mark

LONGEST_VOCABULARY = 4000  # characters
AT_ONCE = 500  # sessions in one SQL statement


def add(db: Transaction, viewer: Viewer, *, title: str, description: str = "") -> Collection:
    """Create a collection at the end of the list of collections.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: the title is empty.
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
    """Set a collection's title, introduction and vocabulary.

    *vocabulary* has names and words, separated by commas or line breaks. None leaves it unchanged.

    Raises:
        NotAllowedError: *viewer* is neither a curator of the collection nor an administrator.
        InvalidInputError: the title is empty.
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
    """Set what happens to originals after a redaction. None uses the library's setting.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    collection.originals = originals
    db.flush()


def get(db: Transaction, collection_id: int) -> Collection:
    """Return a collection.

    Raises:
        NotFoundError: the collection does not exist.
    """
    if (collection := db.get(Collection, collection_id)) is None:
        raise NotFoundError("This collection was not found, or you may not see it.")
    return collection


def visible_one(db: Transaction, viewer: Viewer, collection_id: int) -> Collection:
    """Return a collection if *viewer* may see it.

    Members and guests see it if they may see a session in it or in a collection inside it.

    Its curators and administrators also see an empty collection.

    Raises:
        NotFoundError: the collection does not exist, or *viewer* may not see it.
    """
    collection = get(db, collection_id)
    some = (
        select(CollectionEntry.session_id)
        .join(MentoringSession, MentoringSession.id == CollectionEntry.session_id)
        .where(
            CollectionEntry.collection_id.in_(collection_closure.inside(collection_id)),
            visible_sessions(viewer),
        )
    )
    if db.scalar(some.limit(1)) is None and not may_curate(db, viewer, collection_id):
        raise NotFoundError("This collection was not found, or you may not see it.")
    return collection


def all_collections(db: Transaction) -> Sequence[Collection]:
    """Return all collections in their order."""
    return db.scalars(select(Collection).order_by(Collection.position, Collection.id)).all()


def sessions_in(db: Transaction, viewer: Viewer, collection_id: int) -> Sequence[MentoringSession]:
    """Return a collection's sessions that *viewer* may see, in the curator's order."""
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


def collections_of_session(db: Transaction, session_id: int) -> Sequence[Collection]:
    """Return the collections that contain a session, in their order."""
    return db.scalars(
        select(Collection)
        .join(CollectionEntry, CollectionEntry.collection_id == Collection.id)
        .where(CollectionEntry.session_id == session_id)
        .order_by(Collection.position, Collection.id)
    ).all()


def collections_of_sessions(
    db: Transaction, viewer: Viewer, session_ids: Sequence[int]
) -> dict[int, list[Collection]]:
    """Return the collections of each session by session id.

    Sessions that *viewer* may not see are left out.
    """
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


def writable_collections(db: Transaction, viewer: Viewer) -> Sequence[Collection]:
    """Return the collections to which *viewer* may add sessions of their own."""
    query = select(Collection).order_by(Collection.position, Collection.id)
    if not viewer.is_admin:
        query = query.where(Collection.id.in_(collections_of(viewer, CollectionRole.CONTRIBUTOR)))
    return db.scalars(query).all()


def set_sessions(
    db: Transaction, viewer: Viewer, collection: Collection, session_ids: Sequence[int]
) -> None:
    """Set the sessions of a collection and their order.

    Sessions that *viewer* cannot see stay in the collection, after the others.

    Raises:
        NotAllowedError: *viewer* is not a curator. Or an added session is not visible to all
            members, and *viewer* may not edit it.
        NotFoundError: a session does not exist.
    """
    require_curator(db, viewer, collection.id)
    visible = set(
        db.scalars(
            select(MentoringSession.id)
            .join(CollectionEntry, CollectionEntry.session_id == MentoringSession.id)
            .where(CollectionEntry.collection_id == collection.id, visible_sessions(viewer))
        )
    )
    ordered = list(dict.fromkeys(session_ids))
    for session in sessions_for(db, viewer, [i for i in ordered if i not in visible]):
        _require_sharable(viewer, session)
    named = visible.union(ordered)
    unseen = [i for i in _places(db, collection) if i not in named]
    _set(db, collection, [*ordered, *unseen])


def append_session(
    db: Transaction, viewer: Viewer, collection: Collection, session_id: int
) -> None:
    """Add a session to the end of a collection, unless the collection already has it.

    Raises:
        NotAllowedError: *viewer* may not put this session into this collection.
        NotFoundError: the session does not exist, or *viewer* may not see it.
    """
    refusal = mark(
        "Only contributors and curators can add sessions to this collection. Contributors can "
        "add only their own sessions."
    )
    if not may_contribute(db, viewer, collection.id):
        raise NotAllowedError(refusal)
    session = session_for(db, viewer, session_id)
    if not may_curate(db, viewer, collection.id) and not may_edit(viewer, session):
        raise NotAllowedError(refusal)
    _require_sharable(viewer, session)
    _set(db, collection, [*_places(db, collection), session_id])


def set_collections_of_session(
    db: Transaction, viewer: Viewer, session_id: int, collection_ids: Sequence[int]
) -> None:
    """Add a session to the collections with these ids, and remove it from all others.

    Collections to which *viewer* may not add sessions do not change. In a collection that already
    has the session, the session keeps its position.

    Raises:
        NotAllowedError: *viewer* may not change the session.
        NotFoundError: the session does not exist, or *viewer* may not see it.
    """
    session = session_for(db, viewer, session_id)
    if not may_edit(viewer, session):
        raise NotAllowedError
    for collection in writable_collections(db, viewer):
        inside = list(_places(db, collection))
        if collection.id in collection_ids and session_id not in inside:
            _set(db, collection, [*inside, session_id])
        elif collection.id not in collection_ids and session_id in inside:
            _set(db, collection, [i for i in inside if i != session_id])


def _require_sharable(viewer: Viewer, session: MentoringSession) -> None:
    """Check that *viewer* may add a session to another collection.

    Raises:
        NotAllowedError: the session is not visible to all members, and *viewer* may not edit it.
    """
    shared = session.visibility in {Visibility.MEMBERS, Visibility.PUBLIC}
    if not (shared or may_edit(viewer, session)):
        raise NotAllowedError("Only the owner can add this session to another collection.")


def _places(db: Transaction, collection: Collection) -> dict[int, int]:
    """Return the positions of a collection's sessions by session id, in order."""
    places = (
        select(CollectionEntry.session_id, CollectionEntry.position)
        .where(CollectionEntry.collection_id == collection.id)
        .order_by(CollectionEntry.position, CollectionEntry.session_id)
    )
    return {row.session_id: row.position for row in db.execute(places)}


def _set(db: Transaction, collection: Collection, session_ids: Sequence[int]) -> None:
    """Set the sessions of a collection in order.

    The release of added and removed sessions is updated.
    """
    before = _places(db, collection)
    after = {session_id: place for place, session_id in enumerate(dict.fromkeys(session_ids))}
    of = {"collection_id": collection.id}
    new = [{**of, "session_id": i, "position": after[i]} for i in after if i not in before]
    moved = [
        {**of, "session_id": i, "position": after[i]}
        for i in after
        if before.get(i, after[i]) != after[i]
    ]
    removed = [i for i in before if i not in after]
    for first in range(0, len(removed), AT_ONCE):
        out = CollectionEntry.session_id.in_(removed[first : first + AT_ONCE])
        db.execute(
            delete(CollectionEntry).where(CollectionEntry.collection_id == collection.id, out)
        )
    if new:
        db.execute(insert(CollectionEntry), new)
    if moved:
        db.execute(update(CollectionEntry), moved)
    db.flush()
    db.expire(collection, ["entries"])
    pending_releases.settle_soon(db, [*removed, *(row["session_id"] for row in new)])


def arrange(db: Transaction, viewer: Viewer, collection_ids: Sequence[int]) -> None:
    """Set the order of the collections.

    Collections that *collection_ids* does not contain follow in their present order.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    rank = {collection_id: i for i, collection_id in enumerate(collection_ids)}
    ordered = sorted(all_collections(db), key=lambda c: (rank.get(c.id, len(rank)), c.position))
    for position, collection in enumerate(ordered):
        collection.position = position
    db.flush()


def remove(db: Transaction, viewer: Viewer, collection: Collection) -> None:
    """Delete a collection. Its sessions stay; the collections inside it move up one level.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    entries = select(CollectionEntry.session_id).where(
        CollectionEntry.collection_id.in_(collection_closure.inside(collection.id))
    )
    inside = list(db.scalars(entries.distinct()))
    tree.move_children_up(db, collection)
    db.delete(collection)
    db.flush()
    pending_releases.settle_soon(db, inside)
