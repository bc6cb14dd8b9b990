"""Lists of collections with the number of sessions that a viewer may see."""

from collections.abc import Sequence

from library.access import Viewer
from library.collections import collections, tree
from library.models import Collection
from library.store import Transaction


def collections_with_counts(db: Transaction, viewer: Viewer) -> list[tuple[Collection, int]]:
    """Return all collections in order, each with the number of sessions for *viewer*.

    Collections without a visible session at any depth are left out, except for administrators.
    """
    return _with_something(db, viewer, collections.all_collections(db))


def child_collections_with_counts(
    db: Transaction, viewer: Viewer, collection_id: int | None
) -> list[tuple[Collection, int]]:
    """Return the collections directly inside a collection; None: at the top level.

    Each comes with the number of sessions that *viewer* may see. Collections without such a session
    are left out, except for administrators.
    """
    return _with_something(db, viewer, tree.children(db, collection_id))


def _with_something(
    db: Transaction, viewer: Viewer, every_one: Sequence[Collection]
) -> list[tuple[Collection, int]]:
    counted = tree.counts(db, viewer)
    every = [(collection, counted.get(collection.id, 0)) for collection in every_one]
    return [(collection, count) for collection, count in every if count or viewer.is_admin]
