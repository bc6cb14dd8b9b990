"""Labels of topics: one preferred label and synonyms."""

from collections.abc import Sequence

from sqlalchemy import select

from library.errors import InvalidInputError
from library.models import Topic, TopicLabel
from library.store import Transaction

LONGEST = 120  # characters
MOST_SYNONYMS = 50


def fold(label: str) -> str:
    """Return a label in case-folded form for comparison."""
    return " ".join(label.split()).casefold()[:LONGEST]


def clean(label: str) -> str:
    """Return a label on one line.

    Raises:
        InvalidInputError: The label is empty or longer than 120 characters (`LONGEST`).
    """
    text = " ".join(label.split())
    if not text:
        raise InvalidInputError("Enter a name for the topic.")
    if len(text) > LONGEST:
        raise InvalidInputError(
            "A topic's name has at most %(longest)s characters.", longest=LONGEST
        )
    return text


def synonyms(label: str, given: Sequence[str]) -> list[str]:
    """Return the cleaned synonyms of a topic, without duplicates and without its label."""
    found: dict[str, str] = {}
    for one in given:
        if text := " ".join(one.split())[:LONGEST]:
            found.setdefault(fold(text), text)
    found.pop(fold(label), None)
    return list(found.values())[:MOST_SYNONYMS]


def preferred(db: Transaction) -> dict[int, str]:
    """Return the preferred labels of all topics by id, also of merged topics."""
    return {row.id: row.label for row in db.execute(select(Topic.id, Topic.label))}


def all_labels(db: Transaction) -> list[tuple[int, str, str]]:
    """Return (id, preferred label, label) for every label of every topic."""
    active = Topic.merged_into_id.is_(None)
    own = db.execute(select(Topic.id, Topic.label, Topic.label).where(active))
    others = db.execute(
        select(Topic.id, Topic.label, TopicLabel.text)
        .join(TopicLabel, TopicLabel.topic_id == Topic.id)
        .where(active)
    )
    return [(row[0], row[1], row[2]) for rows in (own, others) for row in rows]
