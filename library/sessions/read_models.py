"""Read models of speakers, people, moments and segments."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from library.access import Viewer, removed_sessions, visible_sessions
from library.accounts import profiles
from library.errors import NotFoundError
from library.models import (
    MentoringSession,
    Participant,
    Passage,
    PassageRemoval,
    Person,
    Segment,
    Source,
    TranscriptVersion,
)
from library.sessions.passage_queries import FoundPassage, by_ids
from library.sessions.passages import removal_of, successor
from library.sessions.sessions import has_part_in
from library.store import Transaction


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """Segment of a transcript as a plain object, which loads faster than a database entity."""

    ordinal: int
    speaker: str
    person_id: int | None
    start: float | None  # seconds
    end: float | None
    text: str
    words: list[Any]  # [text, start, end, probability]
    suspect: str
    place: str = ""  # page or paragraph in a document: "p. 3"


@dataclass(frozen=True, slots=True)
class Moment:
    """Moment: a second of a recording, or a paragraph of a note."""

    session_id: int
    source_id: int
    start: float | None  # seconds; None in a note
    segment: int  # ordinal


def speakers(db: Transaction, viewer: Viewer) -> list[tuple[Person, int]]:
    """Return (person, number of sessions) of participants and speakers, by name.

    Only sessions that *viewer* may see count.
    """
    visible = select(MentoringSession.id).where(visible_sessions(viewer))
    named = select(Participant.person_id, Participant.session_id).where(
        Participant.session_id.in_(visible)
    )
    spoken = (
        select(Segment.person_id, Source.session_id)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .where(
            TranscriptVersion.current,
            Segment.person_id.is_not(None),
            Source.session_id.in_(visible),
        )
    )
    parts = named.union(spoken).subquery()  # a person's sessions, each once
    rows = db.execute(
        select(Person, func.count())
        .join(parts, parts.c.person_id == Person.id)
        .group_by(Person.id)
        .order_by(func.lower(Person.name))
    )
    return [(row[0], row[1]) for row in rows]


def visible_person(db: Transaction, viewer: Viewer, person_id: int) -> Person:
    """Return a person if *viewer* is that person or may see one of their sessions.

    Members also find account holders whose profile offers help or names learning goals.

    Raises:
        NotFoundError: the person does not exist, or *viewer* may see neither sessions nor profile.
    """
    spoken = select(MentoringSession.id).where(visible_sessions(viewer), has_part_in(person_id))
    # One query, so that hidden and missing people take the same time.
    found = db.execute(select(Person, spoken.exists()).where(Person.id == person_id)).first()
    person, is_heard = found or (None, False)
    if person is not None and (
        viewer.person_id == person_id
        or (profiles.is_shown(viewer, person) and (person.helps_with or person.learns))
        or is_heard
    ):
        return person
    raise NotFoundError("This person was not found, or you may not see any of their sessions.")


def passage_for_address(db: Transaction, viewer: Viewer, passage_id: int) -> FoundPassage:
    """Return the passage of a stable address, or the passage that replaces it.

    Raises:
        NotFoundError: neither exists, or *viewer* may not see it.
    """
    passage = by_ids(db, viewer, [passage_id]).get(passage_id)
    if passage is None:
        now = successor(db, viewer, passage_id)
        passage = by_ids(db, viewer, [now]).get(now) if now is not None else None
    if passage is None:
        raise NotFoundError("This passage is no longer in the library, or you may not see it.")
    return passage


def moment_of_passage(db: Transaction, viewer: Viewer, passage_id: int) -> Moment:
    """Return the moment to which the stable address of a passage leads.

    If another passage replaced this passage, the moment keeps the start of the removed passage.

    Raises:
        NotFoundError: neither the passage nor a successor exists, or *viewer* may not see it.
    """
    passage = passage_for_address(db, viewer, passage_id)
    start, segment = passage.start, passage.first_segment
    removal = removal_of(db, passage_id) if passage.id != passage_id else None
    if removal is not None and removal.start is not None:
        start = removal.start
        starts_before = Segment.start <= start
        segment = (
            db.scalar(
                select(func.max(Segment.ordinal)).where(
                    Segment.version_id == passage.version_id, starts_before
                )
            )
            or passage.first_segment
        )
    return Moment(passage.session_id, passage.source_id, start, segment)


def is_gone(db: Transaction, viewer: Viewer, passage_id: int) -> bool:
    """Return whether a passage that *viewer* could see was removed with its source.

    One query runs in every case, so that the time does not tell other viewers what existed.
    """
    open_to = or_(visible_sessions(viewer), removed_sessions(viewer))
    query = (
        select(PassageRemoval.id)
        .join(MentoringSession, MentoringSession.id == PassageRemoval.session_id)
        .where(
            PassageRemoval.passage_id == passage_id,
            PassageRemoval.source_id.not_in(select(Source.id)),
            open_to,
        )
    )
    return db.scalar(query) is not None


def passage_at(db: Transaction, version_id: int, start: float | None) -> Passage | None:
    """Return the last passage of a version that starts at or before *start* (seconds).

    With *start* None, return the longest passage. Return None if the version has no such passage.
    """
    query = select(Passage).where(Passage.version_id == version_id)
    if start is None:
        return db.scalar(query.order_by(func.length(Passage.text).desc(), Passage.id).limit(1))
    begun = query.where(Passage.start <= start)
    return db.scalar(begun.order_by(Passage.ordinal.desc()).limit(1))


def lines_of(
    db: Transaction, version_id: int, *, start_at: int = 0, limit: int | None = None
) -> list[TranscriptLine]:
    """Return at most *limit* segments of a version, from the ordinal *start_at* on."""
    columns = (getattr(Segment, f.name) for f in fields(TranscriptLine))
    rows = db.execute(
        select(*columns)
        .where(Segment.version_id == version_id, Segment.ordinal >= start_at)
        .order_by(Segment.ordinal)
        .limit(limit)
    )
    return [TranscriptLine(*row) for row in rows]


def added_on(db: Transaction, viewer: Viewer, session_ids: Iterable[int]) -> dict[int, datetime]:
    """Return the times (UTC) at which sessions that *viewer* may see were added, by session id."""
    rows = db.execute(
        select(MentoringSession.id, MentoringSession.created_at).where(
            MentoringSession.id.in_(session_ids), visible_sessions(viewer)
        )
    )
    return {row[0]: row[1] for row in rows}
