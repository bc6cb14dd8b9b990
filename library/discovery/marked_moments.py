"""Marked moments: the marks of a person with their present places and words.

The passage of a mark is the passage that is at its position now. So a mark survives corrections
and a new index.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select

from library.access import Viewer, note_found, visible_sessions
from library.errors import NotFoundError
from library.models import (
    MarkKind,
    MentoringSession,
    Passage,
    PassageMark,
    Redaction,
    Segment,
    SourceKind,
    TranscriptVersion,
    TriedOutcome,
)
from library.sessions import passage_queries
from library.sessions.passage_queries import FoundPassage, passage_id_at
from library.store import Transaction

MOST = 2000  # moments that one person can save
FEWEST_HELPED = 3  # a count of people is shown from this number on


@dataclass(frozen=True, kw_only=True)
class Place:
    """Present place and words of a marked moment."""

    session_id: int
    title: str
    held_on: date | None
    source_id: int
    kind: SourceKind
    passage_id: int
    segment: int  # ordinal of the first segment of the passage
    start: float | None  # seconds; None in a note
    end: float | None
    text: str  # the whole passage
    speaker: str  # speaker with most words; empty if unknown
    person_id: int | None


@dataclass(frozen=True, kw_only=True)
class MarkedMoment:
    """Mark with its place. Without a place, the moment was removed or is hidden from the viewer."""

    mark: PassageMark
    place: Place | None
    is_removed: bool  # the words were taken back or redacted after the mark was made


@dataclass(frozen=True, kw_only=True)
class OwnMarks:
    """Marks of one person on one passage."""

    saved: bool = False
    helped: bool = False
    tried: TriedOutcome | None = None


def listed(
    db: Transaction,
    viewer: Viewer,
    *,
    kind: MarkKind | None = None,
    folder: str | None = None,
    limit: int = MOST,
    before_id: int | None = None,
) -> list[MarkedMoment]:
    """Return the marks of *viewer* with their present places, newest first.

    For the next page, pass the last id of this page as *before_id*. An audit event is written for
    each session that *viewer* sees only as an administrator.
    """
    query = _own(viewer, kind).order_by(PassageMark.id.desc()).limit(limit)
    if folder is not None:
        query = query.where(PassageMark.folder == folder)
    if before_id is not None:
        query = query.where(PassageMark.id < before_id)
    return _with_places(db, viewer, db.execute(query).all())


def one(db: Transaction, viewer: Viewer, mark_id: int) -> MarkedMoment:
    """Return a mark of *viewer* with its present place.

    Raises:
        NotFoundError: *viewer* has no mark with this id.
    """
    rows = db.execute(_own(viewer, None).where(PassageMark.id == mark_id)).all()
    if not rows:
        raise NotFoundError("This mark was not found. It may be removed already.")
    return _with_places(db, viewer, rows)[0]


def folders(db: Transaction, viewer: Viewer, kind: MarkKind) -> list[tuple[str, int]]:
    """Return the folders of the viewer's marks with the number of marks, by name."""
    rows = db.execute(
        select(PassageMark.folder, func.count())
        .where(PassageMark.person_id == viewer.person_id, PassageMark.kind == kind)
        .group_by(PassageMark.folder)
        .order_by(func.lower(PassageMark.folder))
    )
    return [(row[0], row[1]) for row in rows]


def of_source(db: Transaction, viewer: Viewer, source_id: int) -> dict[int, OwnMarks]:
    """Return the viewer's marks on the passages of a source, by passage id."""
    found: dict[int, dict[str, Any]] = {}
    for mark, passage_id in on_sources(db, viewer, [source_id]):
        value = mark.outcome if mark.kind is MarkKind.TRIED else True
        found.setdefault(passage_id, {})[mark.kind.value] = value
    return {passage_id: OwnMarks(**marks) for passage_id, marks in found.items()}


def people_helped(db: Transaction, viewer: Viewer, person_id: int) -> int:
    """Return how many people marked that words of a person helped them; 0 if fewer than three.

    Only sessions that *viewer* may see count. The words count for the speaker with most words in
    the passage. Nobody can see who made the marks.
    """
    spoken = (
        select(TranscriptVersion.source_id)
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .where(TranscriptVersion.current, Segment.person_id == person_id)
    )
    rows = db.execute(
        select(PassageMark.person_id, Passage.speakers)
        .join(Passage, Passage.source_id == PassageMark.source_id)
        .where(
            PassageMark.kind == MarkKind.HELPED,
            PassageMark.person_id != person_id,
            PassageMark.source_id.in_(spoken),
            ~_redacted(),
            Passage.id == _passage_id(),
            Passage.session_id.in_(select(MentoringSession.id).where(visible_sessions(viewer))),
        )
    )
    helped = {giver for giver, speakers in rows if main_speaker(speakers)[0] == person_id}
    return len(helped) if len(helped) >= FEWEST_HELPED else 0


def passage_at(
    db: Transaction, viewer: Viewer, source_id: int, *, start: float | None, segment: int = 0
) -> int | None:
    """Return the id of the passage at a moment of a source: a second, or a segment of a note.

    Return None if there is no passage, or if *viewer* may not see it.
    """
    moment = (literal(source_id), literal(start, Passage.start.type), literal(segment))
    found = db.scalar(select(passage_id_at(*moment)))
    return next(iter(passage_queries.by_ids(db, viewer, [found or 0])), None)


def on_sources(
    db: Transaction, viewer: Viewer, source_ids: Sequence[int], kind: MarkKind | None = None
) -> Iterator[tuple[PassageMark, int]]:
    """Yield the viewer's marks in these sources, each with the id of its present passage."""
    query = _own(viewer, kind).where(PassageMark.source_id.in_(source_ids), ~_redacted())
    for mark, _, passage_id in db.execute(query):
        if passage_id is not None:
            yield mark, passage_id


def _own(viewer: Viewer, kind: MarkKind | None) -> Any:
    """Return a query for the viewer's marks: mark, whether it was redacted, passage id."""
    query = select(PassageMark, _redacted(), _passage_id()).where(
        PassageMark.person_id == viewer.person_id
    )
    return query if kind is None else query.where(PassageMark.kind == kind)


def _passage_id() -> Any:
    return passage_id_at(PassageMark.source_id, PassageMark.start, PassageMark.segment)


def _redacted() -> ColumnElement[bool]:
    """Return an SQL condition: words at the moment were redacted after the mark was made.

    For a note, this is True after any later redaction of the note.
    """
    nowhere = [
        column.is_(None)
        for column in (PassageMark.start, PassageMark.end, Redaction.start, Redaction.end)
    ]
    touched = (Redaction.start < PassageMark.end) & (Redaction.end > PassageMark.start)
    return (
        select(Redaction.id)
        .where(
            Redaction.source_id == PassageMark.source_id,
            Redaction.made_at >= PassageMark.created_at,
            or_(*nowhere, touched),
        )
        .correlate(PassageMark)
        .exists()
    )


def _with_places(db: Transaction, viewer: Viewer, rows: Sequence[Any]) -> list[MarkedMoment]:
    ids = [passage_id for _, redacted, passage_id in rows if passage_id and not redacted]
    found = passage_queries.by_ids(db, viewer, ids)
    origins = passage_queries.origins_of(db, found.values())
    note_found(db, viewer, {passage.session_id for passage in found.values()})
    return [
        MarkedMoment(
            mark=mark,
            place=None if redacted else _place(mark, found.get(passage_id), origins),
            is_removed=redacted or mark.source_id is None,
        )
        for mark, redacted, passage_id in rows
    ]


def _place(
    mark: PassageMark,
    passage: FoundPassage | None,
    origins: Mapping[int, passage_queries.Origin],
) -> Place | None:
    if passage is None:
        return None
    origin, (person_id, speaker) = origins[passage.source_id], main_speaker(passage.speakers)
    timed = passage.start is not None
    return Place(
        session_id=passage.session_id,
        title=origin.title,
        held_on=origin.held_on,
        source_id=passage.source_id,
        kind=origin.kind,
        passage_id=passage.id,
        segment=passage.first_segment,
        start=mark.start if timed else None,
        end=mark.end if timed else None,
        text=passage.text,
        speaker=speaker,
        person_id=person_id,
    )


def main_speaker(speakers: Sequence[Any]) -> tuple[int | None, str]:
    """Return person id and name of the speaker with most words."""
    if not speakers:
        return None, ""
    person_id, name, _ = max(speakers, key=lambda speaker: speaker[2])
    return person_id, name
