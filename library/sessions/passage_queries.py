"""Queries for passages that a search found: one statement for many passages.

Loading ORM entities would take longer than the ranking of a search. So statements are built once,
rows stay tuples, and JSON is parsed only when it is read.
"""

import json
from collections.abc import Collection, Sequence
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Executable, String, bindparam, case, cast, func, select

from library.access import Viewer, today, visible_sessions
from library.models import Form, MentoringSession, Passage, Person, Segment, Source, SourceKind
from library.store import Transaction

VIEWERS = 1000  # number of viewers whose statement is cached


class _PassageRow(NamedTuple):
    id: int
    version_id: int
    source_id: int
    session_id: int
    ordinal: int
    first_segment: int
    last_segment: int
    start: float | None  # seconds
    end: float | None
    text: str
    speakers_json: str
    language: str  # BCP 47 primary tag; empty if unknown


class FoundPassage(_PassageRow):
    """Passage row that a search found."""

    @cached_property
    def speakers(self) -> list[tuple[int | None, str, int]]:
        """Speakers of the passage: person id, name, number of words."""
        return [(s[0], s[1], s[2]) for s in json.loads(self.speakers_json)]


class _SegmentRow(NamedTuple):
    ordinal: int
    speaker: str
    person_id: int | None
    start: float | None  # seconds
    end: float | None
    text: str
    words_json: str
    suspect: str


class PassageSegment(_SegmentRow):
    """Row of a segment that belongs to a passage."""

    @cached_property
    def words(self) -> list[Any]:
        """Recognized words: text, start, end (seconds), probability."""
        words: list[Any] = json.loads(self.words_json)
        return words


class Origin(NamedTuple):
    """Source and the session fields that are shown beside a passage."""

    source_id: int
    kind: SourceKind
    duration: float | None  # seconds
    session_id: int
    title: str
    held_on: date | None
    form: Form


_PASSAGE = (
    Passage.id,
    Passage.version_id,
    Passage.source_id,
    Passage.session_id,
    Passage.ordinal,
    Passage.first_segment,
    Passage.last_segment,
    Passage.start,
    Passage.end,
    Passage.text,
    cast(Passage.speakers, String),
    Passage.language,
)
_SPEAKER = case((Segment.speaker != "", Segment.speaker), else_=func.coalesce(Person.name, ""))
"""Speaker of a segment: its label, or the name of the author in a note."""
_SEGMENT = (
    Segment.ordinal,
    _SPEAKER,
    Segment.person_id,
    Segment.start,
    Segment.end,
    Segment.text,
    cast(Segment.words, String),
    Segment.suspect,
)
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_SEGMENTS = (
    select(Passage.id, *_SEGMENT)
    .join(
        Segment,
        (Segment.version_id == Passage.version_id)
        & Segment.ordinal.between(Passage.first_segment, Passage.last_segment),
    )
    .outerjoin(Person, (Person.id == Segment.person_id) & (Segment.speaker == ""))
    .where(Passage.id.in_(_IDS))
    .order_by(Passage.id, Segment.ordinal)
)
_ORIGINS = (
    select(
        Source.id,
        Source.kind,
        Source.duration,
        MentoringSession.id,
        MentoringSession.title,
        MentoringSession.held_on,
        MentoringSession.form,
    )
    .join(MentoringSession, MentoringSession.id == Source.session_id)
    .where(Source.id.in_(_IDS))
)


def by_ids(db: Transaction, viewer: Viewer, ids: Sequence[int]) -> dict[int, FoundPassage]:
    """Return existing passages that *viewer* may see, by id."""
    rows = db.connection().execute(_seen_by(viewer, today()), {"ids": ids}).all()
    return {row[0]: FoundPassage._make(row) for row in rows}


@lru_cache(maxsize=VIEWERS)
def _seen_by(viewer: Viewer, _day: date) -> Executable:
    """Return the statement for passages that a viewer may see, cached for a day."""
    return (
        select(*_PASSAGE)
        .join(MentoringSession, MentoringSession.id == Passage.session_id)
        .where(Passage.id.in_(_IDS), visible_sessions(viewer))
    )


def segments_of(
    db: Transaction, found: Collection[FoundPassage]
) -> dict[int, list[PassageSegment]]:
    """Return the segments of each passage in order, by passage id."""
    segments: dict[int, list[PassageSegment]] = {passage.id: [] for passage in found}
    for row in db.connection().execute(_SEGMENTS, {"ids": list(segments)}).all():
        segments[row[0]].append(PassageSegment._make(row[1:]))
    return segments


def origins_of(db: Transaction, found: Collection[FoundPassage]) -> dict[int, Origin]:
    """Return source and session fields to show beside passages, by source id."""
    ids = list({passage.source_id for passage in found})
    return {row[0]: Origin(*row) for row in db.connection().execute(_ORIGINS, {"ids": ids})}
