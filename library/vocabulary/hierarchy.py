"""Which topics stand above and below which: a topic may stand below several others."""

from collections.abc import Iterable

from sqlalchemy import select

from library.models import TopicBroader
from library.store import Transaction


def above(db: Transaction, topic_id: int) -> set[int]:
    """The topic and all that are broader, at any distance."""
    known = select(TopicBroader.broader_id.label("id")).where(TopicBroader.narrower_id == topic_id)
    tree = known.cte(recursive=True)
    further = select(TopicBroader.broader_id).join(tree, TopicBroader.narrower_id == tree.c.id)
    return {topic_id, *db.scalars(select(tree.union(further).c.id))}


def below(db: Transaction, topic_ids: Iterable[int]) -> set[int]:
    """The topics and all that are narrower, at any distance."""
    roots = set(topic_ids)
    known = select(TopicBroader.narrower_id.label("id")).where(TopicBroader.broader_id.in_(roots))
    tree = known.cte(recursive=True)
    further = select(TopicBroader.narrower_id).join(tree, TopicBroader.broader_id == tree.c.id)
    return roots | set(db.scalars(select(tree.union(further).c.id)))
