"""Highlights: quotes from new sessions, quotes of one person, and questions asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select

from library.access import Viewer, visible_sessions
from library.models import (
    MentoringSession,
    Participant,
    ParticipantRole,
    Segment,
    Source,
    SourceKind,
    State,
    TranscriptVersion,
)
from library.store import Transaction

SENTENCE = re.compile(r"[^.!?…]+[.!?…]+[\"\u201d\u2019']?")


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Quote with its session, source and time."""

    session_id: int
    source_id: int
    title: str
    held_on: date | None
    kind: SourceKind
    segment: int  # ordinal
    start: float | None  # seconds
    end: float | None
    speaker: str
    person_id: int | None
    text: str


def newest_quotes(db: Transaction, viewer: Viewer, *, limit: int = 3) -> list[Quote]:
    """Return at most *limit* quotes, each from a different one of the newest sessions.

    A mentor or an unnamed speaker said the quote. Sessions that *viewer* may not see are left out.
    """
    newest = db.scalars(
        select(MentoringSession)
        .join(Source, Source.session_id == MentoringSession.id)
        .where(visible_sessions(viewer), Source.state == State.READY)
        .group_by(MentoringSession.id)
        .order_by(MentoringSession.id.desc())
        .limit(4 * limit)
    )
    mentors = or_(Participant.part == ParticipantRole.MENTOR, Segment.person_id.is_(None))
    quotes: list[Quote] = []
    for session in newest:
        quotes.extend(_quotes_of(db, session, mentors))
        if len(quotes) == limit:
            break
    return quotes


def _speaks_there() -> ColumnElement[bool]:
    """Return a join condition: the speaker of a segment is a participant of its session."""
    return and_(
        Participant.session_id == Source.session_id, Participant.person_id == Segment.person_id
    )


def quotes_of_person(
    db: Transaction,
    viewer: Viewer,
    person_id: int,
    sessions: Sequence[MentoringSession],
    *,
    limit: int = 4,
) -> list[Quote]:
    """Return sentences that a person said, from as many of these sessions as possible.

    Sessions that *viewer* may not see are left out.
    """
    ids = [session.id for session in sessions]
    visible = db.scalars(
        select(MentoringSession)
        .where(MentoringSession.id.in_(ids), visible_sessions(viewer))
        .order_by(MentoringSession.id.desc())
    ).all()
    theirs = Segment.person_id == person_id
    each = -(-limit // max(1, len(visible)))
    quotes = [q for session in visible for q in _quotes_of(db, session, theirs, limit=each)]
    return quotes[:limit]


def _quotes_of(
    db: Transaction, session: MentoringSession, whose: ColumnElement[bool], *, limit: int = 1
) -> list[Quote]:
    """Return quotes from the segments of a session that match *whose*.

    Segments of 70 to 220 characters without a question mark are used. The quotes are spread evenly
    over the session.
    """
    rows = db.execute(
        select(Segment, Source)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .outerjoin(Participant, _speaks_there())
        .where(
            Source.session_id == session.id,
            Source.kind != SourceKind.NOTE,
            TranscriptVersion.current,
            whose,
            Segment.suspect == "",
            Segment.text.not_like("%?%"),
            func.length(Segment.text).between(70, 220),
        )
        .order_by(Source.id, Segment.ordinal)
    ).all()
    chosen = dict.fromkeys(len(rows) * (i + 1) // (limit + 2) for i in range(limit)) if rows else ()
    return [_quote(session, *rows[place]) for place in chosen]


def _quote(session: MentoringSession, segment: Segment, source: Source) -> Quote:
    return Quote(
        session_id=session.id,
        source_id=source.id,
        title=session.title,
        held_on=session.held_on,
        kind=source.kind,
        segment=segment.ordinal,
        start=segment.start,
        end=segment.end,
        speaker=segment.speaker,
        person_id=segment.person_id,
        text=segment.text,
    )


def questions(db: Transaction, viewer: Viewer, *, limit: int = 3) -> list[str]:
    """Return questions from sessions, one from each of the newest sessions that *viewer* may see.

    A mentee or an unnamed speaker asked them.
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
            or_(Participant.part == ParticipantRole.MENTEE, Segment.person_id.is_(None)),
            Segment.suspect == "",
            Segment.text.like("%?%"),
        )
        .order_by(Source.session_id.desc(), Segment.ordinal)
        .limit(200)
    )
    by_session: dict[int, str] = {}
    for session_id, text in rows:
        if session_id not in by_session and (question := _question_in(text)):
            by_session[session_id] = question
    return list(by_session.values())[:limit]


def _question_in(text: str) -> str:
    """Return the first sentence that is a question of 6 to 18 words, or ""."""
    for sentence in SENTENCE.findall(text):
        question: str = sentence.strip()
        if question.endswith("?") and 6 <= len(question.split()) <= 18:
            return question[0].upper() + question[1:]
    return ""
