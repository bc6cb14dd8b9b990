"""Collections inside others: what is below and above, and where a collection may stand.

A member of a collection has the same role in all that it holds, at any depth, and nobody gets
one upwards: whoever is let into a part is not let into the whole. `access.collections_of` says so.
"""

from collections.abc import Sequence

from sqlalchemy import func, select

from library import audit, nested
from library.access import Viewer, require_admin, visible_sessions
from library.consent import release_due
from library.errors import InvalidInputError
from library.models import Collection, CollectionEntry, MentoringSession
from library.store import Transaction

DEEPEST = 8  # collections inside one another


def path(db: Transaction, collection: Collection) -> list[Collection]:
    """The collections that hold this one, the outermost first."""
    found: list[Collection] = []
    above = collection.parent_id
    while above is not None and len(found) < DEEPEST:
        parent = db.get_one(Collection, above)
        found.insert(0, parent)
        above = parent.parent_id
    return found


def children(db: Transaction, collection_id: int | None) -> Sequence[Collection]:
    """The collections right inside this one, in their order; None: those in no other."""
    query = select(Collection).where(Collection.parent_id == collection_id)
    return db.scalars(query.order_by(Collection.position, Collection.id)).all()


def counts(db: Transaction, viewer: Viewer) -> dict[int, int]:
    """How many sessions *viewer* may see in each collection and all that it holds."""
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
    """Put a collection into another, or into none.

    The members of the other see what is meant for its members from then on.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: it would be inside itself, or too deep; or there is no such collection.
    """
    require_admin(viewer)
    if collection.parent_id == parent_id:
        return
    if parent_id is not None:
        parent = db.get(Collection, parent_id)
        if parent is None:
            raise InvalidInputError("There is no such collection any more.")
        if parent_id in set(db.scalars(nested.inside(collection.id))):
            raise InvalidInputError("A collection cannot be inside itself.")
        if len(path(db, parent)) + _depth(db, collection.id) >= DEEPEST:
            raise InvalidInputError(f"Collections go {DEEPEST} deep at most.")
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
    settle_inside(db, collection.id)


def lift_out(db: Transaction, collection: Collection) -> None:
    """Put what a collection holds into the one above it, or into none."""
    for below in children(db, collection.id):
        below.parent_id = collection.parent_id
    db.flush()


def settle_inside(db: Transaction, collection_id: int, *, may_close: bool = True) -> None:
    """Let the release of all sessions in a collection and below follow from what holds now."""
    sessions = select(CollectionEntry.session_id).where(
        CollectionEntry.collection_id.in_(nested.inside(collection_id))
    )
    release_due.settle_soon(db, db.scalars(sessions), may_close=may_close)


def _depth(db: Transaction, collection_id: int) -> int:
    """How many collections are inside one another from here on, this one included."""
    deepest, level = 0, [collection_id]
    while level and deepest <= DEEPEST:
        deepest += 1
        level = list(db.scalars(select(Collection.id).where(Collection.parent_id.in_(level))))
    return deepest
