"""Relations of topics: broader, narrower and related (a polyhierarchy as in SKOS)."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, or_, select

from library.errors import InvalidInputError
from library.models import Topic, TopicBroader, TopicRelated
from library.store import Transaction


def above(db: Transaction, topic_id: int) -> set[int]:
    """Return the ids of a topic and of all broader topics, at any distance."""
    known = select(TopicBroader.broader_id.label("id")).where(TopicBroader.narrower_id == topic_id)
    tree = known.cte(recursive=True)
    further = select(TopicBroader.broader_id).join(tree, TopicBroader.narrower_id == tree.c.id)
    return {topic_id, *db.scalars(select(tree.union(further).c.id))}


def below(db: Transaction, topic_ids: Iterable[int]) -> set[int]:
    """Return the ids of the topics and of all narrower topics, at any distance."""
    roots = set(topic_ids)
    known = select(TopicBroader.narrower_id.label("id")).where(TopicBroader.broader_id.in_(roots))
    tree = known.cte(recursive=True)
    further = select(TopicBroader.narrower_id).join(tree, TopicBroader.broader_id == tree.c.id)
    return roots | set(db.scalars(select(tree.union(further).c.id)))


def set_broader(db: Transaction, topic: Topic, broader: Sequence[int]) -> None:
    """Replace the broader topics of a topic.

    Raises:
        InvalidInputError: The topic would be narrower than itself, or a topic does not exist.
    """
    _require_known(db, broader)
    db.execute(delete(TopicBroader).where(TopicBroader.narrower_id == topic.id))
    for other in dict.fromkeys(broader):
        if topic.id in above(db, other):
            raise InvalidInputError(
                "“%(label)s” cannot be narrower than itself or than one of its narrower topics. "
                "Choose another broader topic.",
                label=topic.label,
            )
        db.add(TopicBroader(narrower_id=topic.id, broader_id=other))
        db.flush()


def set_related(db: Transaction, topic: Topic, related: Sequence[int]) -> None:
    """Replace the related topics of a topic.

    Raises:
        InvalidInputError: A topic does not exist.
    """
    _require_known(db, related)
    either = or_(TopicRelated.one_id == topic.id, TopicRelated.other_id == topic.id)
    db.execute(delete(TopicRelated).where(either))
    for other in {*related} - {topic.id}:
        one, two = sorted((topic.id, other))
        db.add(TopicRelated(one_id=one, other_id=two))
    db.flush()


def broader_of(db: Transaction, topic_id: int) -> list[int]:
    """Return the ids of the direct broader topics of a topic."""
    query = select(TopicBroader.broader_id).where(TopicBroader.narrower_id == topic_id)
    return list(db.scalars(query.order_by(TopicBroader.broader_id)))


def narrower_of(db: Transaction, topic_id: int) -> list[int]:
    """Return the ids of the direct narrower topics of a topic."""
    query = select(TopicBroader.narrower_id).where(TopicBroader.broader_id == topic_id)
    return list(db.scalars(query.order_by(TopicBroader.narrower_id)))


def related_to(db: Transaction, topic_id: int) -> list[int]:
    """Return the ids of the related topics of a topic."""
    one = select(TopicRelated.other_id).where(TopicRelated.one_id == topic_id)
    other = select(TopicRelated.one_id).where(TopicRelated.other_id == topic_id)
    return sorted(db.scalars(one.union(other)))


def pairs(db: Transaction) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Return two sets of ids: (narrower, broader) pairs, and pairs of related topics."""
    below = db.execute(select(TopicBroader.narrower_id, TopicBroader.broader_id))
    beside = db.execute(select(TopicRelated.one_id, TopicRelated.other_id))
    return {(r[0], r[1]) for r in below}, {(r[0], r[1]) for r in beside}


def _require_known(db: Transaction, topic_ids: Iterable[int]) -> None:
    wanted = set(topic_ids)
    query = select(Topic.id).where(Topic.id.in_(wanted), Topic.merged_into_id.is_(None))
    if wanted - set(db.scalars(query)):
        raise InvalidInputError(
            "One of these topics is not in the vocabulary any more. Choose other topics."
        )
