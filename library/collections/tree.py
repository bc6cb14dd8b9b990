"""Tree of collections: ancestors, children, and moves.

A member of a collection has the same role in all collections inside it, at any depth. Roles are
not inherited upwards. `access.collections_of` applies this rule.
"""

from collections.abc import Sequence

from sqlalchemy import func, select

from library import audit, collection_closure
from library.access import Viewer, require_admin, visible_sessions
from library.consent import pending_releases
from library.errors import InvalidInputError
from library.models import Collection, CollectionEntry, MentoringSession
from library.store import Transaction

DEEPEST = 8  # levels of nested collections


def path(db: Transaction, collection: Collection) -> list[Collection]:
    """Return the collections that contain *collection*, outermost first."""
    found: list[Collection] = []
    above = collection.parent_id
    while above is not None and len(found) < DEEPEST:
        parent = db.get_one(Collection, above)
        found.insert(0, parent)
        above = parent.parent_id
    return found


def children(db: Transaction, collection_id: int | None) -> Sequence[Collection]:
    """Return the collections directly inside a collection, in order; None: the top level."""
    query = select(Collection).where(Collection.parent_id == collection_id)
    return db.scalars(query.order_by(Collection.position, Collection.id)).all()


def counts(db: Transaction, viewer: Viewer) -> dict[int, int]:
    """Return the number of sessions that *viewer* may see in each collection, by collection id.

    Sessions of nested collections count, too. Collections without such a session are left out.
    """
    tree = select(Collection.id.label("top"), Collection.id.label("id")).cte(recursive=True)
    below = select(tree.c.top, Collection.id).join(tree, Collection.parent_id == tree.c.id)
    pairs = tree.union(below)
    rows = db.execute(
        select(pairs.c.top, func.count(CollectionEntry.session_id.distinct()))
        .join(CollectionEntry, CollectionEntry.collection_id == pairs.c.id)
        .join(MentoringSession, MentoringSession.id == CollectionEntry.session_id)
        .where(visible_sessions(viewer))
        .group_by(pairs.c.top)
    )
    return {row[0]: row[1] for row in rows}


def put_into(
    db: Transaction, viewer: Viewer, collection: Collection, parent_id: int | None
) -> None:
    """Move a collection into another, or to the top level.

    Members of the new parent then also see the sessions that are for members of this collection.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: the collection would be inside itself or too deep, or the parent does not
            exist.
    """
    require_admin(viewer)
    if collection.parent_id == parent_id:
        return
    if parent_id is not None:
        parent = db.get(Collection, parent_id)
        if parent is None:
            raise InvalidInputError("The chosen collection no longer exists. Choose another one.")
        if parent_id in set(db.scalars(collection_closure.inside(collection.id))):
            raise InvalidInputError(
                "A collection cannot be inside itself. Choose another collection."
            )
        if len(path(db, parent)) + _depth(db, collection.id) >= DEEPEST:
            raise InvalidInputError(
                "Collections can be nested at most %(number)s levels deep.", number=DEEPEST
            )
    collection.parent_id = parent_id
    db.flush()
    audit.record(
        db,
        viewer.person_id,
        "collection.nest",
        ("collection", collection.id),
        detail={"into": parent_id},
        address=viewer.address,
    )
    update_release_below(db, collection.id)


def move_children_up(db: Transaction, collection: Collection) -> None:
    """Move the collections inside a collection to its parent, or to the top level."""
    for below in children(db, collection.id):
        below.parent_id = collection.parent_id
    db.flush()


def update_release_below(db: Transaction, collection_id: int, *, may_close: bool = True) -> None:
    """Update the release of all sessions in a collection and its descendants.

    *may_close* is False if the change cannot end a release.
    """
    sessions = select(CollectionEntry.session_id).where(
        CollectionEntry.collection_id.in_(collection_closure.inside(collection_id))
    )
    pending_releases.settle_soon(db, db.scalars(sessions), may_close=may_close)


def _depth(db: Transaction, collection_id: int) -> int:
    """Return the number of levels of a collection's subtree, the collection included."""
    deepest, level = 0, [collection_id]
    while level and deepest <= DEEPEST:
        deepest += 1
        level = list(db.scalars(select(Collection.id).where(Collection.parent_id.in_(level))))
    return deepest
