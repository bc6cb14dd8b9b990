"""Queries for passages that a search found: one statement for many passages.

Loading ORM entities would take longer than the ranking of a search. So statements are built once,
rows stay tuples, and JSON is parsed only when it is read.
"""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    String,
    bindparam,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.orm import aliased

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


class PassageText(NamedTuple):
    """Text of a passage, and its speakers as JSON."""

    id: int
    text: str  # "Speaker: words" at each change of speaker
    speakers_json: str

    @property
    def spoken(self) -> str:
        """Text without the names at each change of speaker."""
        names = tuple(f"{name}: " for _, name, _ in json.loads(self.speakers_json) if name)
        return " ".join(
            next((line.removeprefix(name) for name in names if line.startswith(name)), line)
            for line in self.text.split("\n")
        )


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
_TEXTS = select(Passage.id, Passage.text, cast(Passage.speakers, String)).where(
    Passage.id.in_(_IDS)
)
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
_BEFORE = (
    select(*_SEGMENT)
    .outerjoin(Person, (Person.id == Segment.person_id) & (Segment.speaker == ""))
    .where(
        Segment.version_id == bindparam("version_id"),
        Segment.ordinal.between(bindparam("first"), bindparam("last")),
    )
    .order_by(Segment.ordinal)
)
_SPEAKERS = select(Passage.source_id, cast(Passage.speakers, String)).where(
    Passage.source_id.in_(_IDS)
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


def passage_id_at(source_id: Any, start: Any, segment: Any) -> ColumnElement[int]:
    """Return an SQL expression for the id of the passage that is at a moment of a source now.

    This is the last passage that begins at or before the moment, else the first passage.

    Args:
        source_id: SQL expression for the id of the source.
        start: SQL expression for the moment in seconds; NULL in a note.
        segment: SQL expression for the ordinal of the segment, used if *start* is NULL.
    """
    here = aliased(Passage)
    begins = case((start.is_not(None), here.start), else_=here.first_segment)
    of_source = select(here.id).where(here.source_id == source_id).limit(1)
    begun = of_source.where(begins <= func.coalesce(start, segment))
    # SQLite does not accept the columns of the outer query in ORDER BY.
    last = begun.order_by(here.ordinal.desc()).scalar_subquery()
    return func.coalesce(last, of_source.order_by(here.ordinal).scalar_subquery())


def texts_of(db: Transaction, ids: Sequence[int]) -> list[PassageText]:
    """Return the texts of passages that a search scope contains, without an access check.

    Use them only to decide which passages of the scope match.
    """
    rows = db.connection().execute(_TEXTS, {"ids": ids}).all()
    return [PassageText._make(row) for row in rows]


def segments_of(
    db: Transaction, found: Collection[FoundPassage]
) -> dict[int, list[PassageSegment]]:
    """Return the segments of each passage in order, by passage id."""
    segments: dict[int, list[PassageSegment]] = {passage.id: [] for passage in found}
    for row in db.connection().execute(_SEGMENTS, {"ids": list(segments)}).all():
        segments[row[0]].append(PassageSegment._make(row[1:]))
    return segments


def segments_up_to(
    db: Transaction, passage: FoundPassage, last: int, count: int
) -> list[PassageSegment]:
    """Return up to *count* segments of the passage's transcript that end with segment *last*."""
    given = {"version_id": passage.version_id, "first": last - count + 1, "last": last}
    return [PassageSegment._make(row) for row in db.connection().execute(_BEFORE, given)]


def main_speakers(db: Transaction, source_ids: Collection[int]) -> dict[int, str]:
    """Return for each source the name of the person who says most words; "" for unnamed words."""
    counts: dict[int, Counter[str]] = {source_id: Counter() for source_id in source_ids}
    for source_id, speakers in db.connection().execute(_SPEAKERS, {"ids": list(counts)}):
        for _, name, words in json.loads(speakers):
            counts[source_id][name] += words
    return {
        source: max(spoken, key=spoken.__getitem__, default="") for source, spoken in counts.items()
    }


def origins_of(db: Transaction, found: Collection[FoundPassage]) -> dict[int, Origin]:
    """Return source and session fields to show beside passages, by source id."""
    ids = list({passage.source_id for passage in found})
    return {row[0]: Origin(*row) for row in db.connection().execute(_ORIGINS, {"ids": ids})}
