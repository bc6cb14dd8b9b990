"""What topics are called: one preferred label, and the other names that they go by."""

from collections.abc import Sequence

from sqlalchemy import select

from library.errors import InvalidInputError
from library.models import Topic, TopicLabel
from library.store import Transaction

LONGEST = 120  # characters
MOST_SYNONYMS = 50


def fold(label: str) -> str:
    """A label without its case, as it is compared."""
    return " ".join(label.split()).casefold()[:LONGEST]


def clean(label: str) -> str:
    """A label on one line.

    Raises:
        InvalidInputError: it is empty or too long.
    """
    text = " ".join(label.split())
    if not text:
        raise InvalidInputError("Give the topic a name.")
    if len(text) > LONGEST:
        raise InvalidInputError(f"A topic's name has at most {LONGEST} characters.")
    return text


def synonyms(label: str, given: Sequence[str]) -> list[str]:
    """Other names of a topic, as they are kept: each on one line, once, and none its label."""
    found: dict[str, str] = {}
    for one in given:
        if text := " ".join(one.split())[:LONGEST]:
            found.setdefault(fold(text), text)
    found.pop(fold(label), None)
    return list(found.values())[:MOST_SYNONYMS]


def preferred(db: Transaction) -> dict[int, str]:
    """The labels of all topics by id, also of those that were merged."""
    return {row.id: row.label for row in db.execute(select(Topic.id, Topic.label))}


def every(db: Transaction) -> list[tuple[int, str, str]]:
    """All names of all topics: id, label, and one of its names; the label is one of them."""
    here = Topic.merged_into_id.is_(None)
    own = db.execute(select(Topic.id, Topic.label, Topic.label).where(here))
    others = db.execute(
        select(Topic.id, Topic.label, TopicLabel.text)
        .join(TopicLabel, TopicLabel.topic_id == Topic.id)
        .where(here)
    )
    return [(row[0], row[1], row[2]) for rows in (own, others) for row in rows]
