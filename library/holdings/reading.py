"""What readers are shown of what is here: shelves, speakers, people, places, lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from library.access import Viewer, removed_sessions, visible_sessions
from library.accounts import profiles
from library.errors import NotFoundError
from library.holdings import collections, nesting
from library.holdings.passage_rows import FoundPassage, by_ids
from library.holdings.passages import removal_of, successor
from library.holdings.sessions import has_part_in
from library.models import (
    Collection,
    MentoringSession,
    Participant,
    Passage,
    PassageRemoval,
    Person,
    Segment,
    Source,
    TranscriptVersion,
)
from library.store import Transaction


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
    place: str = ""  # in a document: "p. 3"


@dataclass(frozen=True, slots=True)
class Landing:
    """A second of a recording, or a paragraph of a note."""

    session_id: int
    source_id: int
    start: float | None  # seconds; None in a note
    segment: int  # ordinal


def shelves(db: Transaction, viewer: Viewer) -> list[tuple[Collection, int]]:
    """All collections in their order, with the number of sessions that *viewer* may see.

    One that holds nothing for them, at any depth, is not shown, except to administrators, who
    fill it.
    """
    return _with_something(db, viewer, collections.everything(db))


def shelves_in(
    db: Transaction, viewer: Viewer, collection_id: int | None
) -> list[tuple[Collection, int]]:
    """The same of those right inside a collection; None: of those that are in no other."""
    return _with_something(db, viewer, nesting.children(db, collection_id))


def _with_something(
    db: Transaction, viewer: Viewer, every_one: Sequence[Collection]
) -> list[tuple[Collection, int]]:
    counted = nesting.counts(db, viewer)
    every = [(shelf, counted.get(shelf.id, 0)) for shelf in every_one]
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

    Members also find other members who have said what they can help with or want to learn.

    Raises:
        NotFoundError: there is none, or none whose sessions or profile *viewer* may see.
    """
    heard = select(MentoringSession.id).where(visible_sessions(viewer), has_part_in(person_id))
    # One question, so that somebody who is hidden takes as long as nobody.
    found = db.execute(select(Person, heard.exists()).where(Person.id == person_id)).first()
    person, is_heard = found or (None, False)
    if person is not None and (
        viewer.person_id == person_id
        or (profiles.is_shown(viewer, person) and (person.helps_with or person.learns))
        or is_heard
    ):
        return person
    raise NotFoundError("There is nobody here, or nobody whose sessions you may see.")


def place_of(db: Transaction, viewer: Viewer, passage_id: int) -> FoundPassage:
    """The passage behind a stable address: itself, or the one that has its words now.

    Raises:
        NotFoundError: it is gone, or *viewer* may not see it.
    """
    passage = by_ids(db, viewer, [passage_id]).get(passage_id)
    if passage is None:
        now = successor(db, viewer, passage_id)
        passage = by_ids(db, viewer, [now]).get(now) if now is not None else None
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


def is_gone(db: Transaction, viewer: Viewer, passage_id: int) -> bool:
    """Whether a passage was removed with its recording or note, of a session open to *viewer*.

    One question, whoever asks and whatever there is: nobody else can tell it from nothing.
    """
    open_to = or_(visible_sessions(viewer), removed_sessions(viewer))
    gone = (
        select(PassageRemoval.id)
        .join(MentoringSession, MentoringSession.id == PassageRemoval.session_id)
        .where(
            PassageRemoval.passage_id == passage_id,
            PassageRemoval.source_id.not_in(select(Source.id)),
            open_to,
        )
    )
    return db.scalar(gone) is not None


def passage_at(db: Transaction, version_id: int, start: float | None) -> Passage | None:
    """The passage of a version that is being said at a second; without one, the longest."""
    query = select(Passage).where(Passage.version_id == version_id)
    if start is None:
        return db.scalar(query.order_by(func.length(Passage.text).desc(), Passage.id).limit(1))
    begun = query.where(Passage.start <= start)
    return db.scalar(begun.order_by(Passage.ordinal.desc()).limit(1))


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
