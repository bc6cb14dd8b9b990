"""What readers are shown of the words that are here: questions, newest voices, speakers, places."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from library import collections
from library.access import Viewer, visible_sessions
from library.errors import NotFoundError
from library.models import (
    Collection,
    MentoringSession,
    Part,
    Participant,
    Passage,
    Person,
    Segment,
    Source,
    SourceKind,
    State,
    TranscriptVersion,
)
from library.passages import by_ids, removal_of, successor
from library.sessions import has_part_in
from library.store import Transaction

SENTENCE = re.compile(r"[^.!?…]+[.!?…]+[\"\u201d\u2019']?")


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Something that was said, and where."""

    session_id: int
    source_id: int
    title: str
    held_on: date | None
    segment: int  # ordinal
    start: float | None  # seconds
    speaker: str
    person_id: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A segment to read, as a plain value: a long session has ten thousand of them."""

    ordinal: int
    speaker: str
    person_id: int | None
    start: float | None  # seconds
    end: float | None
    text: str
    words: list[Any]  # [text, start, end, probability]
    suspect: str


@dataclass(frozen=True, slots=True)
class Landing:
    """A second of a recording, or a paragraph of a note."""

    session_id: int
    source_id: int
    start: float | None  # seconds; None in a note
    segment: int  # ordinal


def newest_voices(db: Transaction, viewer: Viewer, *, limit: int = 3) -> list[Quote]:
    """A telling sentence or two from each of the newest sessions that *viewer* may see."""
    newest = db.scalars(
        select(MentoringSession)
        .join(Source, Source.session_id == MentoringSession.id)
        .where(visible_sessions(viewer), Source.state == State.READY)
        .group_by(MentoringSession.id)
        .order_by(MentoringSession.id.desc())
        .limit(4 * limit)
    )
    quotes = []
    for session in newest:
        if (quote := _quote_of(db, session)) is not None:
            quotes.append(quote)
        if len(quotes) == limit:
            break
    return quotes


def _speaks_there() -> ColumnElement[bool]:
    """The part that a segment's speaker has in its session, where they are known."""
    return and_(
        Participant.session_id == Source.session_id, Participant.person_id == Segment.person_id
    )


def _quote_of(db: Transaction, session: MentoringSession) -> Quote | None:
    """What a mentor, or an unknown voice, said a third into the session: talk is to the point."""
    rows = db.execute(
        select(Segment, TranscriptVersion.source_id)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .outerjoin(Participant, _speaks_there())
        .where(
            Source.session_id == session.id,
            Source.kind != SourceKind.NOTE,
            TranscriptVersion.current,
            or_(Participant.part == Part.MENTOR, Segment.person_id.is_(None)),
            Segment.suspect == "",
            Segment.text.not_like("%?%"),
            func.length(Segment.text).between(70, 220),
        )
        .order_by(Source.id, Segment.ordinal)
    ).all()
    if not rows:
        return None
    segment, source_id = rows[len(rows) // 3]
    return Quote(
        session_id=session.id,
        source_id=source_id,
        title=session.title,
        held_on=session.held_on,
        segment=segment.ordinal,
        start=segment.start,
        speaker=segment.speaker,
        person_id=segment.person_id,
        text=segment.text,
    )


def questions(db: Transaction, viewer: Viewer, *, limit: int = 3) -> list[str]:
    """Questions really asked, one from each of the newest sessions that *viewer* may see.

    They are the mentees', or those of whom nobody knows who asked.
    """
    rows = db.execute(
        select(Source.session_id, Segment.text)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .outerjoin(Participant, _speaks_there())
        .where(
            visible_sessions(viewer),
            Source.kind != SourceKind.NOTE,
            TranscriptVersion.current,
            or_(Participant.part == Part.MENTEE, Segment.person_id.is_(None)),
            Segment.suspect == "",
            Segment.text.like("%?%"),
        )
        .order_by(Source.session_id.desc(), Segment.ordinal)
        .limit(200)
    )
    asked: dict[int, str] = {}
    for session_id, text in rows:
        if session_id not in asked and (question := _question_in(text)):
            asked[session_id] = question
    return list(asked.values())[:limit]


def _question_in(text: str) -> str:
    """The first sentence of *text* that can stand alone as a question; empty when none can."""
    for sentence in SENTENCE.findall(text):
        question: str = sentence.strip()
        if question.endswith("?") and 6 <= len(question.split()) <= 18:
            return question[0].upper() + question[1:]
    return ""


def shelves(db: Transaction, viewer: Viewer) -> list[tuple[Collection, int]]:
    """The collections in their order, with the number of sessions in each that *viewer* may see.

    One that holds nothing for them is not shown, except to administrators, who fill it.
    """
    counted = collections.counts(db, viewer)
    every = [(shelf, counted.get(shelf.id, 0)) for shelf in collections.everything(db)]
    return [(shelf, count) for shelf, count in every if count or viewer.is_admin]


def speakers(db: Transaction, viewer: Viewer) -> list[tuple[Person, int]]:
    """Who has a part in sessions that *viewer* may see, by name, with the number of sessions."""
    visible = select(MentoringSession.id).where(visible_sessions(viewer))
    named = select(Participant.person_id, Participant.session_id).where(
        Participant.session_id.in_(visible)
    )
    heard = (
        select(Segment.person_id, Source.session_id)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .where(
            TranscriptVersion.current,
            Segment.person_id.is_not(None),
            Source.session_id.in_(visible),
        )
    )
    parts = named.union(heard).subquery()  # a person's sessions, each once
    rows = db.execute(
        select(Person, func.count())
        .join(parts, parts.c.person_id == Person.id)
        .group_by(Person.id)
        .order_by(func.lower(Person.name))
    )
    return [(row[0], row[1]) for row in rows]


def visible_person(db: Transaction, viewer: Viewer, person_id: int) -> Person:
    """The person with this id, where *viewer* may see a session of theirs, or is that person.

    Raises:
        NotFoundError: there is none, or none whose sessions *viewer* may see.
    """
    person = db.get(Person, person_id)
    known = select(MentoringSession.id).where(visible_sessions(viewer), has_part_in(person_id))
    if person is not None and (viewer.person_id == person_id or db.scalar(known.limit(1))):
        return person
    raise NotFoundError("There is nobody here, or nobody whose sessions you may see.")


def place_of(db: Transaction, viewer: Viewer, passage_id: int) -> Passage:
    """The passage behind a stable address: itself, or the one that has its words now.

    Raises:
        NotFoundError: it is gone, or *viewer* may not see it.
    """
    passage = by_ids(db, viewer, [passage_id]).get(passage_id)
    if passage is None and (removal := removal_of(db, passage_id)) is not None:
        passage = successor(db, viewer, removal)
    if passage is None:
        raise NotFoundError("This passage is not in the library any more, or not for you to see.")
    return passage


def landing(db: Transaction, viewer: Viewer, passage_id: int) -> Landing:
    """Where the stable address of a passage leads.

    Raises:
        NotFoundError: it is gone, or *viewer* may not see it.
    """
    passage = place_of(db, viewer, passage_id)
    start, segment = passage.start, passage.first_segment
    removal = removal_of(db, passage_id) if passage.id != passage_id else None
    if removal is not None and removal.start is not None:
        start = removal.start
        said = Segment.start <= start
        segment = (
            db.scalar(
                select(func.max(Segment.ordinal)).where(
                    Segment.version_id == passage.version_id, said
                )
            )
            or passage.first_segment
        )
    return Landing(passage.session_id, passage.source_id, start, segment)


def lines_of(
    db: Transaction, version_id: int, *, start_at: int = 0, limit: int | None = None
) -> list[Line]:
    """A version's segments in their order, from the ordinal *start_at* on."""
    columns = (getattr(Segment, f.name) for f in fields(Line))
    rows = db.execute(
        select(*columns)
        .where(Segment.version_id == version_id, Segment.ordinal >= start_at)
        .order_by(Segment.ordinal)
        .limit(limit)
    )
    return [Line(*row) for row in rows]


def added_on(db: Transaction, viewer: Viewer, session_ids: Iterable[int]) -> dict[int, datetime]:
    """When each of these sessions came into the library, of those that *viewer* may see."""
    rows = db.execute(
        select(MentoringSession.id, MentoringSession.created_at).where(
            MentoringSession.id.in_(session_ids), visible_sessions(viewer)
        )
    )
    return {row[0]: row[1] for row in rows}
