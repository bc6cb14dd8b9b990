"""Queries over nested collections: descendants of a collection, and collections of a session."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from library.models import Collection, CollectionEntry


def inside(collection_id: int) -> Select[int]:
    """Return a query for the ids of a collection and of all collections inside it."""
    tree = select(Collection.id).where(Collection.id == collection_id).cte(recursive=True)
    further = select(Collection.id).join(tree, Collection.parent_id == tree.c.id)
    return select(tree.union(further).c.id)


def holding(session_id: int) -> Select[int]:
    """Return a query for the ids of a session's collections and of all their ancestors."""
    found = holding_each([session_id]).subquery()
    return select(found.c.id)


def holding_each(session_ids: Sequence[int]) -> Select[int, int]:
    """Return a query of pairs: session id, and id of a collection that contains the session.

    A collection also contains the sessions of the collections inside it.
    """
    first = (
        select(CollectionEntry.session_id, Collection.id, Collection.parent_id)
        .join(CollectionEntry, CollectionEntry.collection_id == Collection.id)
        .where(CollectionEntry.session_id.in_(session_ids))
    )
    tree = first.cte(recursive=True)
    above = select(tree.c.session_id, Collection.id, Collection.parent_id).join(
        tree, Collection.id == tree.c.parent_id
    )
    found = tree.union(above)
    return select(found.c.session_id, found.c.id)
