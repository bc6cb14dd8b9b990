"""What is known of sessions that a search found: to count them, and to tell who asks there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from library.access import Viewer, visible_sessions
from library.models import (
    Collection,
    CollectionEntry,
    Form,
    MentoringSession,
    Part,
    Participant,
    Person,
    SessionTopic,
    Topic,
    TopicLabel,
)
from library.store import Transaction
from library.vocabulary import filed, relations


@dataclass(frozen=True, kw_only=True)
class SessionFacts:
    """What a session can be narrowed by."""

    held_on: date | None
    form: Form
    collections: frozenset[int]
    topics: frozenset[int] = frozenset()  # confirmed, and those above them


def facts(db: Transaction, viewer: Viewer, session_ids: Iterable[int]) -> dict[int, SessionFacts]:
    """The facts of those of the sessions that *viewer* may see, by session id."""
    ids = set(session_ids)
    entries = db.execute(
        select(CollectionEntry.session_id, CollectionEntry.collection_id).where(
            CollectionEntry.session_id.in_(ids)
        )
    )
    shelves: dict[int, set[int]] = {}
    for session_id, collection_id in entries:
        shelves.setdefault(session_id, set()).add(collection_id)
    about = _topics_of(db, ids)
    parents = {
        row.id: row.parent_id for row in db.execute(select(Collection.id, Collection.parent_id))
    }
    rows = db.execute(
        select(MentoringSession.id, MentoringSession.held_on, MentoringSession.form).where(
            MentoringSession.id.in_(ids), visible_sessions(viewer)
        )
    )
    return {
        row.id: SessionFacts(
            held_on=row.held_on,
            form=row.form,
            collections=frozenset(_with_above(shelves.get(row.id, set()), parents)),
            topics=frozenset(about.get(row.id, ())),
        )
        for row in rows
    }


def _with_above(shelves: set[int], parents: Mapping[int, int | None]) -> set[int]:
    """These collections and those that they are inside of."""
    found: set[int] = set()
    for shelf in shelves:
        above: int | None = shelf
        while above is not None and above not in found:
            found.add(above)
            above = parents.get(above)
    return found


def _topics_of(db: Transaction, session_ids: set[int]) -> dict[int, set[int]]:
    """The confirmed topics of sessions with all that are broader, by session id."""
    rows = db.execute(
        select(SessionTopic.session_id, SessionTopic.topic_id).where(
            SessionTopic.session_id.in_(session_ids), filed.is_confirmed()
        )
    ).all()
    above = {i: relations.above(db, i) for i in {row.topic_id for row in rows}}
    found: dict[int, set[int]] = {}
    for session_id, topic_id in rows:
        found.setdefault(session_id, set()).update(above[topic_id])
    return found


def labels(db: Transaction, topic_ids: Iterable[int]) -> dict[int, str]:
    """The labels of topics, by id."""
    rows = db.execute(select(Topic.id, Topic.label).where(Topic.id.in_(set(topic_ids))))
    return {row.id: row.label for row in rows}


def titles(db: Transaction, collection_ids: Iterable[int]) -> dict[int, str]:
    """The titles of collections, by id."""
    rows = db.execute(
        select(Collection.id, Collection.title).where(Collection.id.in_(set(collection_ids)))
    )
    return {row.id: row.title for row in rows}


def dates_of(db: Transaction, session_ids: Iterable[int]) -> dict[int, date | None]:
    """When sessions were held, by session id."""
    rows = db.execute(
        select(MentoringSession.id, MentoringSession.held_on).where(
            MentoringSession.id.in_(set(session_ids))
        )
    )
    return {row.id: row.held_on for row in rows}


def mentees(db: Transaction, session_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Who took part as a mentee: (session id, person id)."""
    rows = db.execute(
        select(Participant.session_id, Participant.person_id).where(
            Participant.session_id.in_(set(session_ids)), Participant.part == Part.MENTEE
        )
    )
    return {(row.session_id, row.person_id) for row in rows}


def sessions_named(
    db: Transaction, viewer: Viewer, typed: str, *, limit: int
) -> list[tuple[int, str]]:
    """Sessions by a title with a word that begins so: (id, title), newest first."""
    rows = db.execute(
        select(MentoringSession.id, MentoringSession.title)
        .where(visible_sessions(viewer), _begins(MentoringSession.title, typed))
        .order_by(MentoringSession.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def people_named(
    db: Transaction, viewer: Viewer, typed: str, *, limit: int
) -> list[tuple[int, str]]:
    """Who takes part in sessions that *viewer* may see, by a name that begins so: (id, name)."""
    rows = db.execute(
        select(Person.id, Person.name)
        .join(Participant, Participant.person_id == Person.id)
        .join(MentoringSession, MentoringSession.id == Participant.session_id)
        .where(visible_sessions(viewer), _begins(Person.name, typed))
        .distinct()
        .order_by(Person.name)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def collections_named(
    db: Transaction, viewer: Viewer, typed: str, *, limit: int
) -> list[tuple[int, str]]:
    """Collections that hold something for *viewer*, by a title that begins so: (id, title)."""
    rows = db.execute(
        select(Collection.id, Collection.title)
        .join(CollectionEntry, CollectionEntry.collection_id == Collection.id)
        .join(MentoringSession, MentoringSession.id == CollectionEntry.session_id)
        .where(visible_sessions(viewer), _begins(Collection.title, typed))
        .distinct()
        .order_by(Collection.title)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def topics_named(
    db: Transaction, viewer: Viewer, typed: str, *, limit: int
) -> list[tuple[int, str]]:
    """Topics of sessions that *viewer* may see, by any of their names that begins so."""
    rows = db.execute(
        select(Topic.id, Topic.label)
        .join(SessionTopic, SessionTopic.topic_id == Topic.id)
        .join(MentoringSession, MentoringSession.id == SessionTopic.session_id)
        .outerjoin(TopicLabel, TopicLabel.topic_id == Topic.id)
        .where(
            visible_sessions(viewer),
            filed.is_confirmed(),
            or_(_begins(Topic.label, typed), _begins(TopicLabel.text, typed)),
        )
        .distinct()
        .order_by(Topic.label)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def _begins(name: InstrumentedAttribute[str], typed: str) -> ColumnElement[bool]:
    """Whether a word of a name, and what follows it, begins with *typed*."""
    return or_(
        name.istartswith(typed, autoescape=True), name.icontains(f" {typed}", autoescape=True)
    )
