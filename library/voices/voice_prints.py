"""Voice prints of those who agreed to them, and whom an unnamed voice is proposed to be.

A print is made from each recording in which somebody is named, and follows its transcript: where
the name is taken off again, the print goes. What a voice is compared with is the mean of a
person's prints of one model; prints of different models are never compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, delete, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from library.access import Viewer, visible_sessions
from library.errors import NotFoundError
from library.holdings import erasure, reading
from library.holdings.erasure import About, Going
from library.models import (
    MentoringSession,
    Person,
    Redaction,
    Segment,
    Source,
    SourceKind,
    State,
    TranscriptVersion,
    VoiceConsent,
    VoicePrint,
    VoiceProposal,
)
from library.store import Transaction


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A recording in which people who agreed are named, and their prints are not of its words."""

    source_id: int
    sha256: str  # of the recording
    version_id: int
    people: Mapping[int, str]  # how the transcript names whom


@dataclass(frozen=True, kw_only=True)
class Print:
    """What somebody's voice is like in a recording; an empty vector: too little is said."""

    person_id: int
    vector: bytes  # float32, of unit length
    seconds: float


def next_lesson(db: Transaction, model: str) -> Lesson | None:
    """A recording from which prints of *model* are to be made; None when all is known."""
    mine = aliased(VoicePrint)
    known = exists().where(
        mine.person_id == Segment.person_id,
        mine.source_id == Source.id,
        mine.model == model,
        mine.version_id == TranscriptVersion.id,
    )
    query = _named().where(~known).order_by(Source.id).limit(1)
    if (found := db.execute(query).first()) is None:
        return None
    source_id, sha256, version_id = found
    named = (
        _named().where(Source.id == source_id).with_only_columns(Segment.person_id, Segment.speaker)
    )
    return Lesson(
        source_id=source_id,
        sha256=sha256,
        version_id=version_id,
        people={row.person_id: row.speaker for row in db.execute(named.distinct())},
    )


def learn(db: Transaction, lesson: Lesson, model: str, prints: Sequence[Print]) -> None:
    """Keep what *prints* say of those in a lesson, for those who still agree to it now.

    Nothing is kept where the recording or its transcript has changed meanwhile.
    """
    unchanged = (
        select(TranscriptVersion.id)
        .join(Source)
        .where(
            TranscriptVersion.id == lesson.version_id,
            TranscriptVersion.current,
            Source.sha256 == lesson.sha256,
        )
    )
    if db.scalar(unchanged) is None:
        return
    agreed = set(db.scalars(select(VoiceConsent.person_id)))
    for one in prints:
        if one.person_id in agreed and one.person_id in lesson.people:
            db.merge(
                VoicePrint(
                    person_id=one.person_id,
                    source_id=lesson.source_id,
                    model=model,
                    version_id=lesson.version_id,
                    vector=one.vector,
                    seconds=one.seconds,
                )
            )
    db.flush()


def clear_outdated(db: Transaction) -> int:
    """Remove the prints of whoever is not named in a recording any more; gives how many."""
    still = exists().where(
        Segment.version_id == TranscriptVersion.id,
        TranscriptVersion.source_id == VoicePrint.source_id,
        TranscriptVersion.current,
        Segment.person_id == VoicePrint.person_id,
    )
    gone = db.execute(
        select(VoicePrint.person_id, VoicePrint.source_id, VoicePrint.model).where(~still)
    ).all()
    for person_id, source_id, model in gone:
        db.delete(db.get_one(VoicePrint, (person_id, source_id, model)))
    if gone:
        erasure.plan(db, "voice", About(soon=False), Going())
    return len(gone)


def forget_source(db: Transaction, source_id: int) -> None:
    """Forget what was made from a recording that loses some of its words: it is made anew."""
    for table in (VoicePrint, VoiceProposal):
        db.execute(delete(table).where(table.source_id == source_id))


def prints_of(db: Transaction, model: str, *, but: int) -> Sequence[VoicePrint]:
    """All prints of *model* that hold a vector, without those made from the source *but*."""
    return db.scalars(
        select(VoicePrint)
        .join(VoiceConsent, VoiceConsent.person_id == VoicePrint.person_id)
        .where(VoicePrint.model == model, VoicePrint.seconds > 0, VoicePrint.source_id != but)
        .order_by(VoicePrint.person_id, VoicePrint.source_id)
    ).all()


def sessions_behind(db: Transaction, viewer: Viewer) -> tuple[Sequence[MentoringSession], int]:
    """The sessions from which *viewer*'s own prints are made, as far as they may see them.

    Beside them: how many there are of all.
    """
    made = (
        select(Source.session_id)
        .join(VoicePrint, VoicePrint.source_id == Source.id)
        .where(VoicePrint.person_id == viewer.person_id, VoicePrint.seconds > 0)
        .distinct()
    )
    seen = select(MentoringSession).where(MentoringSession.id.in_(made), visible_sessions(viewer))
    return (
        db.scalars(seen.order_by(MentoringSession.id)).all(),
        db.scalar(select(func.count()).select_from(made.subquery())) or 0,
    )


def propose(db: Transaction, source_id: int, proposals: Sequence[VoiceProposal]) -> None:
    """Keep whom the unnamed voices of a source are like, in the place of what was kept before."""
    agreed = set(db.scalars(select(VoiceConsent.person_id)))
    db.execute(delete(VoiceProposal).where(VoiceProposal.source_id == source_id))
    db.add_all(one for one in proposals if one.person_id in agreed)
    db.flush()


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """The person whom an unnamed speaker sounds like."""

    name: str
    person_id: int


def proposals_for(db: Transaction, viewer: Viewer, source_id: int) -> dict[str, Proposed]:
    """Return for each unnamed speaker of a source the person whom *viewer* is proposed.

    Only people whose page *viewer* may see, and who agree now; the source is one that they may
    correct.
    """
    query = (
        select(VoiceProposal)
        .join(VoiceConsent, VoiceConsent.person_id == VoiceProposal.person_id)
        .where(VoiceProposal.source_id == source_id)
        .order_by(VoiceProposal.voice)
        .options(joinedload(VoiceProposal.person))
    )
    found = db.scalars(query).all()
    return {
        one.voice: Proposed(name=one.person.name, person_id=one.person_id)
        for one in found
        if _may_see(db, viewer, one.person_id)
    }


def refuse(db: Transaction, source_id: int, voice: str) -> None:
    """Propose nobody for a voice any more: somebody said that it is another's."""
    db.execute(
        delete(VoiceProposal).where(
            VoiceProposal.source_id == source_id, VoiceProposal.voice == voice
        )
    )


def _may_see(db: Transaction, viewer: Viewer, person_id: int) -> bool:
    try:
        reading.visible_person(db, viewer, person_id)
    except NotFoundError:
        return False
    return True


def _named() -> Select[int, str, int]:
    """Source, its SHA-256 and version, wherever somebody who agreed is named in a recording."""
    return (
        select(Source.id, Source.sha256, TranscriptVersion.id)
        .join(TranscriptVersion, TranscriptVersion.source_id == Source.id)
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .join(VoiceConsent, VoiceConsent.person_id == Segment.person_id)
        .where(
            Source.kind == SourceKind.RECORDING,
            Source.state == State.READY,
            TranscriptVersion.current,
            ~exists().where(Redaction.source_id == Source.id, Redaction.trimmed_at.is_(None)),
            _named_alone(Segment.person_id),
        )
    )


def _named_alone(person_id: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Whether nobody else has that person's name: else nobody knows whose voice it is."""
    one, other = aliased(Person), aliased(Person)
    return exists().where(
        one.id == person_id,
        ~exists().where(other.id != one.id, func.lower(other.name) == func.lower(one.name)),
    )
