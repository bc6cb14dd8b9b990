"""Collections inside others, as queries: what a collection holds, and what holds a session."""

from sqlalchemy import Select, select

from library.models import Collection, CollectionEntry


def inside(collection_id: int) -> Select[int]:
    """The ids of a collection and of all that it holds."""
    tree = select(Collection.id).where(Collection.id == collection_id).cte(recursive=True)
    further = select(Collection.id).join(tree, Collection.parent_id == tree.c.id)
    return select(tree.union(further).c.id)


def holding(session_id: int) -> Select[int]:
    """The ids of the collections that a session is in, and of those that hold them."""
    first = (
        select(Collection.id, Collection.parent_id)
        .join(CollectionEntry, CollectionEntry.collection_id == Collection.id)
        .where(CollectionEntry.session_id == session_id)
    )
    tree = first.cte(recursive=True)
    above = select(Collection.id, Collection.parent_id).join(
        tree, Collection.id == tree.c.parent_id
    )
    return select(tree.union(above).c.id)
