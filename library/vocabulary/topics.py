"""The vocabulary of topics: added, described, arranged and removed by administrators.

A topic may stand below several broader ones (a polyhierarchy, as SKOS allows): delegating is a
part of leading and a part of managing one's time, and vocabularies of others come like that.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import selectinload

from library import audit
from library.access import Viewer, require_admin, visible_sessions
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import (
    LabelKind,
    MentoringSession,
    SessionTopic,
    Topic,
    TopicBroader,
    TopicLabel,
    TopicRelated,
    TopicState,
    now,
)
from library.store import Transaction
from library.vocabulary import hierarchy, topic_progress

LONGEST_LABEL = 120  # characters
LONGEST_DEFINITION = 2000
MOST_SYNONYMS = 50
MOST_TOPICS = 5000


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What is said of a topic; None leaves a list as it is."""

    label: str
    definition: str = ""
    synonyms: Sequence[str] | None = None
    broader: Sequence[int] | None = None  # ids
    related: Sequence[int] | None = None


def get(db: Transaction, topic_id: int) -> Topic:
    """The topic with this id, or the one that it was merged into.

    Raises:
        NotFoundError: there is none.
    """
    found = db.get(Topic, topic_id)
    while found is not None and found.merged_into_id is not None:
        found = db.get(Topic, found.merged_into_id)
    if found is None:
        raise NotFoundError("There is no topic here.")
    return found


def visible(db: Transaction, viewer: Viewer) -> Sequence[Topic]:
    """The topics that *viewer* may know of, by label, with their labels loaded.

    Members know the vocabulary; guests, what is said of sessions that they may see, and what is
    broader than that.
    """
    query = (
        select(Topic)
        .where(Topic.merged_into_id.is_(None))
        .order_by(Topic.folded)
        .options(selectinload(Topic.labels))
    )
    if not viewer.is_member and not viewer.is_admin:
        query = query.where(Topic.id.in_(_shown_to(db, viewer)))
    return db.scalars(query).all()


def _shown_to(db: Transaction, viewer: Viewer) -> set[int]:
    said = (
        select(SessionTopic.topic_id)
        .join(MentoringSession, MentoringSession.id == SessionTopic.session_id)
        .where(SessionTopic.state == TopicState.CONFIRMED, visible_sessions(viewer))
    )
    return {i for topic_id in set(db.scalars(said)) for i in hierarchy.above(db, topic_id)}


def visible_one(db: Transaction, viewer: Viewer, topic_id: int) -> Topic:
    """The topic with this id, where *viewer* may know of it.

    Raises:
        NotFoundError: there is none, or none for *viewer*; the two look the same.
    """
    topic = get(db, topic_id)
    hidden = not viewer.is_member and not viewer.is_admin
    if hidden and topic.id not in _shown_to(db, viewer):
        raise NotFoundError("There is no topic here.")
    return topic


def to_change(db: Transaction, viewer: Viewer, topic_id: int) -> Topic:
    """The topic with this id, for somebody who may change it.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: there is none.
    """
    require_admin(viewer)
    return get(db, topic_id)


def add(db: Transaction, viewer: Viewer, wanted: Wording, *, uri: str | None = None) -> Topic:
    """A new topic.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: it has no label, or stands below itself.
        ConflictError: there is a topic with this label or synonym.
    """
    require_admin(viewer)
    topic = put(db, wanted, uri=uri)
    _record(db, viewer, "topic.add", topic)
    return topic


def put(db: Transaction, wanted: Wording, *, uri: str | None = None) -> Topic:
    """A new topic that is brought along with others; whoever does it writes the audit log.

    Raises: as `add` does.
    """
    if (db.scalar(select(func.count(Topic.id))) or 0) >= MOST_TOPICS:
        raise InvalidInputError(f"A vocabulary has at most {MOST_TOPICS} topics.")
    label = clean_label(wanted.label)
    _require_free(db, label, None)
    topic = Topic(label=label, folded=fold(label), uri=uri)
    db.add(topic)
    db.flush()
    _write(db, topic, wanted)
    return topic


def describe(db: Transaction, viewer: Viewer, topic: Topic, wanted: Wording) -> None:
    """Write what is said of a topic.

    Raises: as `add` does.
    """
    require_admin(viewer)
    label = clean_label(wanted.label)
    _require_free(db, label, topic.id)
    topic.label, topic.folded = label, fold(label)
    _write(db, topic, wanted)
    _record(db, viewer, "topic.describe", topic)


def remove(db: Transaction, viewer: Viewer, topic: Topic) -> None:
    """Remove a topic, and what was merged into it; the sessions lose it.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    touch_sessions(db, [topic.id])
    for merged in db.scalars(select(Topic).where(Topic.merged_into_id == topic.id)).all():
        remove(db, viewer, merged)
    _record(db, viewer, "topic.remove", topic)
    db.delete(topic)
    db.flush()
    topic_progress.changed(db)


def _write(db: Transaction, topic: Topic, wanted: Wording) -> None:
    topic.definition = wanted.definition.strip()[:LONGEST_DEFINITION]
    topic.updated_at = now()
    if wanted.synonyms is not None:
        others = [
            one for one in topic.labels if one.kind is not LabelKind.ALTERNATIVE or one.language
        ]
        known = {one.text: one for one in topic.labels if one not in others}
        topic.labels = [
            *others,
            *(
                known.get(text) or TopicLabel(kind=LabelKind.ALTERNATIVE, language="", text=text)
                for text in _synonyms(topic.label, wanted.synonyms)
            ),
        ]
    db.flush()
    if wanted.broader is not None:
        set_broader(db, topic, wanted.broader)
    if wanted.related is not None:
        set_related(db, topic, wanted.related)
    touch_sessions(db, [topic.id])
    topic_progress.changed(db)


def _synonyms(label: str, given: Sequence[str]) -> list[str]:
    found: dict[str, str] = {}
    for one in given:
        if text := " ".join(one.split())[:LONGEST_LABEL]:
            found.setdefault(fold(text), text)
    found.pop(fold(label), None)
    return list(found.values())[:MOST_SYNONYMS]


def set_broader(db: Transaction, topic: Topic, broader: Sequence[int]) -> None:
    """Let a topic stand below these.

    Raises:
        InvalidInputError: it would stand below itself, or there is no such topic.
    """
    _require_known(db, broader)
    db.execute(delete(TopicBroader).where(TopicBroader.narrower_id == topic.id))
    for other in dict.fromkeys(broader):
        if topic.id in hierarchy.above(db, other):
            raise InvalidInputError(
                f"“{topic.label}” cannot stand below a topic that is narrower, or below itself."
            )
        db.add(TopicBroader(narrower_id=topic.id, broader_id=other))
        db.flush()


def set_related(db: Transaction, topic: Topic, related: Sequence[int]) -> None:
    """Let a topic belong together with these.

    Raises:
        InvalidInputError: there is no such topic.
    """
    _require_known(db, related)
    either = or_(TopicRelated.one_id == topic.id, TopicRelated.other_id == topic.id)
    db.execute(delete(TopicRelated).where(either))
    for other in {*related} - {topic.id}:
        one, two = sorted((topic.id, other))
        db.add(TopicRelated(one_id=one, other_id=two))
    db.flush()


def broader_of(db: Transaction, topic_id: int) -> list[int]:
    """The topics right above this one."""
    query = select(TopicBroader.broader_id).where(TopicBroader.narrower_id == topic_id)
    return list(db.scalars(query.order_by(TopicBroader.broader_id)))


def narrower_of(db: Transaction, topic_id: int) -> list[int]:
    """The topics right below this one."""
    query = select(TopicBroader.narrower_id).where(TopicBroader.broader_id == topic_id)
    return list(db.scalars(query.order_by(TopicBroader.narrower_id)))


def related_to(db: Transaction, topic_id: int) -> list[int]:
    """The topics beside this one."""
    one = select(TopicRelated.other_id).where(TopicRelated.one_id == topic_id)
    other = select(TopicRelated.one_id).where(TopicRelated.other_id == topic_id)
    return sorted(db.scalars(one.union(other)))


def relations(db: Transaction) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """All relations: (narrower, broader) and (one, other)."""
    below = db.execute(select(TopicBroader.narrower_id, TopicBroader.broader_id))
    beside = db.execute(select(TopicRelated.one_id, TopicRelated.other_id))
    return {(r[0], r[1]) for r in below}, {(r[0], r[1]) for r in beside}


def all_names(db: Transaction) -> dict[int, str]:
    """The labels of all topics by id, also of those that were merged."""
    return {row.id: row.label for row in db.execute(select(Topic.id, Topic.label))}


def every_name(db: Transaction) -> list[tuple[int, str, str]]:
    """All names of all topics: id, label, and one of its names; the label is one of them."""
    here = Topic.merged_into_id.is_(None)
    labels = db.execute(select(Topic.id, Topic.label, Topic.label).where(here))
    others = db.execute(
        select(Topic.id, Topic.label, TopicLabel.text)
        .join(TopicLabel, TopicLabel.topic_id == Topic.id)
        .where(here)
    )
    return [(row[0], row[1], row[2]) for rows in (labels, others) for row in rows]


def load_starter(db: Transaction, viewer: Viewer) -> int:
    """Put the vocabulary that comes with the program beside what is there; gives what is new.

    A topic whose label is there already stays as it is.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    known = {row.folded: row.id for row in db.execute(select(Topic.folded, Topic.id))}
    new: list[tuple[Topic, dict[str, Any]]] = []
    ids: dict[str, int] = {}
    for entry in starter():
        label = entry["label"]
        if (here := known.get(fold(label))) is not None:
            ids[label] = here
        else:
            wanted = Wording(
                label=label, definition=entry["definition"], synonyms=entry.get("also", ())
            )
            topic = put(db, wanted)
            topic.starter, ids[label] = True, topic.id
            new.append((topic, entry))
    for topic, entry in new:
        set_broader(db, topic, [ids[name] for name in entry.get("below", ())])
        beside = [ids[name] for name in entry.get("beside", ())]
        set_related(db, topic, [*beside, *related_to(db, topic.id)])
    detail = {"topics": len(new)}
    audit.record(db, viewer.person_id, "topic.starter", detail=detail, address=viewer.address)
    return len(new)


def starter() -> list[dict[str, Any]]:
    """The vocabulary that comes with the program, as it is written in its file."""
    text = (resources("library.vocabulary") / "starter_topics.toml").read_text("utf-8")
    entries: list[dict[str, Any]] = tomllib.loads(text)["topic"]
    return entries


def touch_sessions(db: Transaction, topic_ids: Sequence[int]) -> None:
    """Let harvesters know that the subjects of these topics' sessions have changed."""
    about = select(SessionTopic.session_id).where(
        SessionTopic.topic_id.in_(topic_ids), SessionTopic.state == TopicState.CONFIRMED
    )
    for session in db.scalars(select(MentoringSession).where(MentoringSession.id.in_(about))):
        touch(session)
    db.flush()


def session_is_here(db: Transaction, session_id: int) -> bool:
    """Whether there is still a session with this id."""
    return db.get(MentoringSession, session_id) is not None


def touch(session: MentoringSession) -> None:
    """Let a session count as described anew."""
    session.updated_at = now()


def fold(label: str) -> str:
    """A label without its case, as it is compared."""
    return " ".join(label.split()).casefold()[:LONGEST_LABEL]


def clean_label(label: str) -> str:
    """A label on one line.

    Raises:
        InvalidInputError: it is empty or too long.
    """
    clean = " ".join(label.split())
    if not clean:
        raise InvalidInputError("Give the topic a name.")
    if len(clean) > LONGEST_LABEL:
        raise InvalidInputError(f"A topic's name has at most {LONGEST_LABEL} characters.")
    return clean


def by_name(db: Transaction, name: str) -> Topic | None:
    """The topic with this label or synonym."""
    folded = fold(name)
    found = db.scalar(select(Topic).where(Topic.folded == folded))
    if found is not None:
        return get(db, found.id)
    also = (
        select(Topic)
        .join(TopicLabel, TopicLabel.topic_id == Topic.id)
        .where(func.lower(TopicLabel.text) == folded, Topic.merged_into_id.is_(None))
    )
    return db.scalar(also.order_by(Topic.id).limit(1))


def _require_free(db: Transaction, label: str, topic_id: int | None) -> None:
    same = by_name(db, label)
    if same is not None and same.id != topic_id:
        raise ConflictError(f"There is a topic for this already: “{same.label}”.")
    taken = db.scalar(select(Topic.id).where(Topic.folded == fold(label)))
    if taken is not None and taken != topic_id:
        raise ConflictError(f"“{label}” was merged into another topic. Undo that first.")


def _require_known(db: Transaction, topic_ids: Iterable[int]) -> None:
    wanted = set(topic_ids)
    query = select(Topic.id).where(Topic.id.in_(wanted), Topic.merged_into_id.is_(None))
    if wanted - set(db.scalars(query)):
        raise InvalidInputError("One of these topics is not in the vocabulary any more.")


def _record(db: Transaction, viewer: Viewer, action: str, topic: Topic) -> None:
    detail = {"label": topic.label}
    audit.record(
        db,
        viewer.person_id,
        action,
        ("topic", topic.id),
        detail=detail,
        address=viewer.address,
    )
