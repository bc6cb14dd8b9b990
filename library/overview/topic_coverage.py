"""Size and speakers of topics, and topics whose knowledge may be lost."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import Select, and_, func, select

from library.access import Viewer, today, visible_sessions
from library.models import (
    MentoringSession,
    Participant,
    ParticipantRole,
    Person,
    Segment,
    SessionTopic,
    Source,
    Topic,
    TranscriptVersion,
)
from library.store import Transaction
from library.vocabulary import confirmed_topics

Asked = TypeVar("Asked", bound="Select[*tuple[Any, ...]]")

SOON = timedelta(days=90)  # a person leaves soon if their last day is within this time


@dataclass(frozen=True, slots=True)
class TopicSpeaker:
    """Person who speaks in the sessions of a topic, other than as a mentee."""

    person_id: int
    name: str
    sessions: int  # number of sessions on the topic in which the person speaks
    leaves_on: date | None = None  # visible only to administrators


@dataclass(frozen=True, slots=True)
class TopicSize:
    """Topic with the number of its sessions and speakers."""

    topic_id: int
    label: str
    sessions: int
    seconds: float  # duration of the recordings in these sessions
    holders: Sequence[TopicSpeaker]  # the person with most sessions first


class RiskReason(enum.StrEnum):
    """Reason why knowledge of a topic may be lost."""

    ONE_SPEAKER = "one-voice"
    LEAVING = "leaving"  # all speakers of the topic leave soon, or have left


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Topic whose knowledge may be lost."""

    topic: TopicSize
    danger: RiskReason
    last_day: date | None = None  # last day of the last speaker; None: no speaker leaves


def sizes(db: Transaction, viewer: Viewer) -> list[TopicSize]:
    """Return the topics of sessions that *viewer* may see, those with most sessions first.

    Only confirmed topics count, and only sessions and speakers that *viewer* may see.
    """
    rows = db.execute(
        _on(viewer, select(Topic.id, Topic.label, func.count())).group_by(Topic.id, Topic.label)
    ).all()
    seconds = _seconds(db, viewer)
    holders = _holders(db, viewer)
    found = [
        TopicSize(row[0], row[1], row[2], seconds.get(row[0], 0.0), holders.get(row[0], ()))
        for row in rows
    ]
    return sorted(found, key=lambda topic: (-topic.sessions, topic.label.casefold()))


def at_risk(topics: Sequence[TopicSize]) -> list[AtRisk]:
    """Return the topics that have one speaker, or whose speakers all leave within 90 days.

    Topics whose speakers leave come first, by the last day of their last speaker.
    """
    found = [risk for topic in topics if (risk := _risk(topic))]
    return sorted(
        found,
        key=lambda risk: (risk.last_day or date.max, -risk.topic.sessions, risk.topic.label),
    )


def _risk(topic: TopicSize) -> AtRisk | None:
    if not topic.holders:
        return None
    days = [holder.leaves_on for holder in topic.holders]
    soon = today() + SOON
    if all(day is not None and day <= soon for day in days):
        return AtRisk(topic, RiskReason.LEAVING, max(filter(None, days)))
    return AtRisk(topic, RiskReason.ONE_SPEAKER) if len(topic.holders) == 1 else None


def _on(viewer: Viewer, query: Asked) -> Asked:
    """Join a query on topics with the visible sessions for which the topic is confirmed."""
    about = and_(SessionTopic.topic_id == Topic.id, confirmed_topics.is_confirmed())
    return (
        query.select_from(Topic)
        .join(SessionTopic, about)
        .join(MentoringSession, MentoringSession.id == SessionTopic.session_id)
        .where(visible_sessions(viewer), Topic.merged_into_id.is_(None))
    )


def _seconds(db: Transaction, viewer: Viewer) -> Mapping[int, float]:
    sums = _on(viewer, select(Topic.id, func.sum(Source.duration)))
    spoken = sums.join(Source, Source.session_id == MentoringSession.id).group_by(Topic.id)
    return {row[0]: row[1] or 0.0 for row in db.execute(spoken)}


def _holders(db: Transaction, viewer: Viewer) -> Mapping[int, Sequence[TopicSpeaker]]:
    """Return the speakers of each topic, by topic id."""
    listed = _on(viewer, select(Topic.id, Participant.person_id, MentoringSession.id)).join(
        Participant, Participant.session_id == MentoringSession.id
    )
    spoken = (
        _on(viewer, select(Topic.id, Segment.person_id, MentoringSession.id))
        .join(Source, Source.session_id == MentoringSession.id)
        .join(
            TranscriptVersion,
            and_(TranscriptVersion.source_id == Source.id, TranscriptVersion.current),
        )
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .where(Segment.person_id.is_not(None))
    )
    parts = listed.union(spoken).subquery()
    topic, person, session = parts.c
    learning = select(Participant.session_id).where(
        Participant.session_id == session,
        Participant.person_id == person,
        Participant.part == ParticipantRole.MENTEE,
    )
    rows = db.execute(
        select(topic, Person.id, Person.name, Person.leaves_on, func.count())
        .join(Person, Person.id == person)
        .where(~learning.exists())
        .group_by(topic, Person.id)
        .order_by(func.count().desc(), func.lower(Person.name), Person.id)
    )
    found: dict[int, list[TopicSpeaker]] = {}
    for topic_id, person_id, name, leaves_on, count in rows:
        last_day_shown = leaves_on if viewer.is_admin else None
        found.setdefault(topic_id, []).append(TopicSpeaker(person_id, name, count, last_day_shown))
    return found
