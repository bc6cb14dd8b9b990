"""Facts about found sessions, for facets, result cards and suggestions while typing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from library.access import Viewer, visible_sessions
from library.models import (
    Collection,
    CollectionEntry,
    MentoringSession,
    Participant,
    ParticipantRole,
    Person,
    SessionTopic,
    Source,
    Topic,
    TopicLabel,
    TranscriptVersion,
)
from library.sessions.description import FILTERS
from library.store import Transaction
from library.vocabulary import confirmed_topics, relations


@dataclass(frozen=True, kw_only=True)
class SessionFacts:
    """Values of one session to which filters apply."""

    held_on: date | None
    described: Mapping[str, Any]  # values by session field, for the fields that are filters
    collections: frozenset[int]
    topics: frozenset[int] = frozenset()  # ids of confirmed topics and of their broader topics


def facts(db: Transaction, viewer: Viewer, session_ids: Iterable[int]) -> dict[int, SessionFacts]:
    """Return the filter values of each session by session id.

    Sessions that *viewer* may not see are left out.
    """
    ids = set(session_ids)
    entries = db.execute(
        select(CollectionEntry.session_id, CollectionEntry.collection_id).where(
            CollectionEntry.session_id.in_(ids)
        )
    )
    collection_list: dict[int, set[int]] = {}
    for session_id, collection_id in entries:
        collection_list.setdefault(session_id, set()).add(collection_id)
    about = _topics_of(db, ids)
    parents = {
        row.id: row.parent_id for row in db.execute(select(Collection.id, Collection.parent_id))
    }
    rows = db.execute(
        select(
            MentoringSession.id,
            MentoringSession.held_on,
            *(getattr(MentoringSession, field.name) for field in FILTERS),
        ).where(MentoringSession.id.in_(ids), visible_sessions(viewer))
    )
    return {
        row.id: SessionFacts(
            held_on=row.held_on,
            described={field.name: getattr(row, field.name) for field in FILTERS},
            collections=frozenset(_with_above(collection_list.get(row.id, set()), parents)),
            topics=frozenset(about.get(row.id, ())),
        )
        for row in rows
    }


def languages(db: Transaction, viewer: Viewer) -> list[str]:
    """Return the languages (BCP 47) of the transcripts and notes that *viewer* may see.

    The most frequent language comes first. An empty text stands for those without a language.
    """
    stated = func.coalesce(func.nullif(TranscriptVersion.language, ""), MentoringSession.language)
    rows = db.execute(
        select(stated, func.count())
        .select_from(TranscriptVersion)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(visible_sessions(viewer), TranscriptVersion.current)
        .group_by(stated)
    )
    found: Counter[str] = Counter()
    for language, count in rows:
        found[language.partition("-")[0].lower()] += count
    return sorted(found, key=lambda language: (-found[language], language))


def _with_above(collection_list: set[int], parents: Mapping[int, int | None]) -> set[int]:
    """Return the ids of these collections and of all collections that contain them."""
    found: set[int] = set()
    for collection in collection_list:
        above: int | None = collection
        while above is not None and above not in found:
            found.add(above)
            above = parents.get(above)
    return found


def _topics_of(db: Transaction, session_ids: set[int]) -> dict[int, set[int]]:
    """Return the ids of confirmed topics and of their broader topics, by session id."""
    rows = db.execute(
        select(SessionTopic.session_id, SessionTopic.topic_id).where(
            SessionTopic.session_id.in_(session_ids), confirmed_topics.is_confirmed()
        )
    ).all()
    above = {i: relations.above(db, i) for i in {row.topic_id for row in rows}}
    found: dict[int, set[int]] = {}
    for session_id, topic_id in rows:
        found.setdefault(session_id, set()).update(above[topic_id])
    return found


def labels(db: Transaction, topic_ids: Iterable[int]) -> dict[int, str]:
    """Return the labels of topics, by id."""
    rows = db.execute(select(Topic.id, Topic.label).where(Topic.id.in_(set(topic_ids))))
    return {row.id: row.label for row in rows}


def titles(db: Transaction, collection_ids: Iterable[int]) -> dict[int, str]:
    """Return the titles of collections, by id."""
    rows = db.execute(
        select(Collection.id, Collection.title).where(Collection.id.in_(set(collection_ids)))
    )
    return {row.id: row.title for row in rows}


def dates_of(db: Transaction, session_ids: Iterable[int]) -> dict[int, date | None]:
    """Return the dates of sessions, by session id."""
    rows = db.execute(
        select(MentoringSession.id, MentoringSession.held_on).where(
            MentoringSession.id.in_(set(session_ids))
        )
    )
    return {row.id: row.held_on for row in rows}


def mentees(db: Transaction, session_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Return pairs (session id, person id) for the mentees of these sessions."""
    rows = db.execute(
        select(Participant.session_id, Participant.person_id).where(
            Participant.session_id.in_(set(session_ids)), Participant.part == ParticipantRole.MENTEE
        )
    )
    return {(row.session_id, row.person_id) for row in rows}


def sessions_named(
    db: Transaction, viewer: Viewer, typed: str, *, limit: int
) -> list[tuple[int, str]]:
    """Return (id, title) of sessions with a word in the title that starts with *typed*.

    Sessions that *viewer* may not see are left out. The newest session is first.
    """
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
    """Return (id, name) of participants with a word in the name that starts with *typed*.

    The person takes part in a session that *viewer* may see. People are sorted by name.
    """
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
    """Return (id, title) of collections with a word in the title that starts with *typed*.

    The collection has a session that *viewer* may see. Collections are sorted by title.
    """
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
    """Return (id, label) of topics with a word in a label that starts with *typed*.

    Synonyms and translations match, too. The topic is confirmed for a session that *viewer* may
    see.
    """
    rows = db.execute(
        select(Topic.id, Topic.label)
        .join(SessionTopic, SessionTopic.topic_id == Topic.id)
        .join(MentoringSession, MentoringSession.id == SessionTopic.session_id)
        .outerjoin(TopicLabel, TopicLabel.topic_id == Topic.id)
        .where(
            visible_sessions(viewer),
            confirmed_topics.is_confirmed(),
            or_(_begins(Topic.label, typed), _begins(TopicLabel.text, typed)),
        )
        .distinct()
        .order_by(Topic.label)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def _begins(name: InstrumentedAttribute[str], typed: str) -> ColumnElement[bool]:
    """Return an SQL condition: a word in the column *name* starts with *typed*."""
    return or_(
        name.istartswith(typed, autoescape=True), name.icontains(f" {typed}", autoescape=True)
    )
