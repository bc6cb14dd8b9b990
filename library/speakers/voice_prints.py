"""Voice prints of people who agreed to them, and proposed names of unnamed speakers.

A voice print is made from each recording in which such a person is named. It is deleted if the
transcript no longer names the person. A speaker is compared with the mean of a person's voice
prints of one model. Voice prints of different models are never compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, delete, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from library.access import Viewer, visible_sessions
from library.errors import NotFoundError
from library.models import (
    MentoringSession,
    Person,
    Redaction,
    Segment,
    Source,
    SourceKind,
    SpeakerProposal,
    State,
    TranscriptVersion,
    VoiceConsent,
    VoicePrint,
)
from library.sessions import erasure, read_models
from library.sessions.erasure import ErasurePlan, RemovalSubject
from library.store import Transaction


@dataclass(frozen=True, kw_only=True)
class EnrollmentTask:
    """Recording whose voice prints are missing or outdated for some of the named people.

    These people agreed to voice prints.
    """

    source_id: int
    sha256: str  # SHA-256 of the recording
    version_id: int
    people: Mapping[int, str]  # person id -> speaker label


@dataclass(frozen=True, kw_only=True)
class PrintResult:
    """Voice print from one recording. The vector is empty if the person says too little."""

    person_id: int
    vector: bytes  # float32, of unit length
    seconds: float


def next_enrollment(db: Transaction, model: str) -> EnrollmentTask | None:
    """Return a recording that needs voice prints of *model*, or None."""
    existing = aliased(VoicePrint)
    known = exists().where(
        existing.person_id == Segment.person_id,
        existing.source_id == Source.id,
        existing.model == model,
        existing.version_id == TranscriptVersion.id,
    )
    query = _named().where(~known).order_by(Source.id).limit(1)
    if (found := db.execute(query).first()) is None:
        return None
    source_id, sha256, version_id = found
    named = (
        _named().where(Source.id == source_id).with_only_columns(Segment.person_id, Segment.speaker)
    )
    return EnrollmentTask(
        source_id=source_id,
        sha256=sha256,
        version_id=version_id,
        people={row.person_id: row.speaker for row in db.execute(named.distinct())},
    )


def enroll(
    db: Transaction, task: EnrollmentTask, model: str, prints: Sequence[PrintResult]
) -> None:
    """Save the voice prints of a task, for people who still agree to voice prints.

    Nothing is saved if the recording or its transcript has changed meanwhile.
    """
    unchanged = (
        select(TranscriptVersion.id)
        .join(Source)
        .where(
            TranscriptVersion.id == task.version_id,
            TranscriptVersion.current,
            Source.sha256 == task.sha256,
        )
    )
    if db.scalar(unchanged) is None:
        return
    agreed = set(db.scalars(select(VoiceConsent.person_id)))
    for one in prints:
        if one.person_id in agreed and one.person_id in task.people:
            db.merge(
                VoicePrint(
                    person_id=one.person_id,
                    source_id=task.source_id,
                    model=model,
                    version_id=task.version_id,
                    vector=one.vector,
                    seconds=one.seconds,
                )
            )
    db.flush()


def clear_outdated(db: Transaction) -> int:
    """Delete voice prints of people whom the recording no longer names; return the number."""
    still = exists().where(
        Segment.version_id == TranscriptVersion.id,
        TranscriptVersion.source_id == VoicePrint.source_id,
        TranscriptVersion.current,
        Segment.person_id == VoicePrint.person_id,
    )
    outdated = db.execute(
        select(VoicePrint.person_id, VoicePrint.source_id, VoicePrint.model).where(~still)
    ).all()
    for person_id, source_id, model in outdated:
        db.delete(db.get_one(VoicePrint, (person_id, source_id, model)))
    if outdated:
        erasure.plan(db, "voice", RemovalSubject(soon=False), ErasurePlan())
    return len(outdated)


def forget_source(db: Transaction, source_id: int) -> None:
    """Delete voice prints and proposals of a redacted source. The worker makes new ones."""
    for table in (VoicePrint, SpeakerProposal):
        db.execute(delete(table).where(table.source_id == source_id))


def prints_of(db: Transaction, model: str, *, but: int) -> Sequence[VoicePrint]:
    """Return the non-empty voice prints of *model* from all sources except *but*, by person."""
    return db.scalars(
        select(VoicePrint)
        .join(VoiceConsent, VoiceConsent.person_id == VoicePrint.person_id)
        .where(VoicePrint.model == model, VoicePrint.seconds > 0, VoicePrint.source_id != but)
        .order_by(VoicePrint.person_id, VoicePrint.source_id)
    ).all()


def sessions_behind(db: Transaction, viewer: Viewer) -> tuple[Sequence[MentoringSession], int]:
    """Return the sessions from which *viewer*'s voice prints were made, and their total number.

    The list has only sessions that *viewer* may see. The total also counts the others.
    """
    made = (
        select(Source.session_id)
        .join(VoicePrint, VoicePrint.source_id == Source.id)
        .where(VoicePrint.person_id == viewer.person_id, VoicePrint.seconds > 0)
        .distinct()
    )
    visible = select(MentoringSession).where(
        MentoringSession.id.in_(made), visible_sessions(viewer)
    )
    return (
        db.scalars(visible.order_by(MentoringSession.id)).all(),
        db.scalar(select(func.count()).select_from(made.subquery())) or 0,
    )


def propose(db: Transaction, source_id: int, proposals: Sequence[SpeakerProposal]) -> None:
    """Replace the proposed names of a source; leave out people who do not agree to voice prints."""
    agreed = set(db.scalars(select(VoiceConsent.person_id)))
    db.execute(delete(SpeakerProposal).where(SpeakerProposal.source_id == source_id))
    db.add_all(one for one in proposals if one.person_id in agreed)
    db.flush()


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """Person proposed for an unnamed speaker."""

    name: str
    person_id: int


def proposals_for(db: Transaction, viewer: Viewer, source_id: int) -> dict[str, Proposed]:
    """Return the proposed person by label of the unnamed speaker, for *viewer*.

    People who no longer agree to voice prints, or whose page *viewer* may not see, are left out.
    The caller checks that *viewer* may correct the source.
    """
    query = (
        select(SpeakerProposal)
        .join(VoiceConsent, VoiceConsent.person_id == SpeakerProposal.person_id)
        .where(SpeakerProposal.source_id == source_id)
        .order_by(SpeakerProposal.voice)
        .options(joinedload(SpeakerProposal.person))
    )
    found = db.scalars(query).all()
    return {
        one.voice: Proposed(name=one.person.name, person_id=one.person_id)
        for one in found
        if _may_see(db, viewer, one.person_id)
    }


def reject_proposal(db: Transaction, source_id: int, voice: str) -> None:
    """Delete the proposal for the speaker label *voice* after a person rejected it."""
    db.execute(
        delete(SpeakerProposal).where(
            SpeakerProposal.source_id == source_id, SpeakerProposal.voice == voice
        )
    )


def _may_see(db: Transaction, viewer: Viewer, person_id: int) -> bool:
    try:
        read_models.visible_person(db, viewer, person_id)
    except NotFoundError:
        return False
    return True


def _named() -> Select[int, str, int]:
    """Return the query for recordings in which people are named who agreed to voice prints.

    The columns are source id, SHA-256 and version id. A person who shares a name with another
    person is left out.
    """
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
    """Return the SQL condition that no other person has the same name as this person."""
    one, other = aliased(Person), aliased(Person)
    return exists().where(
        one.id == person_id,
        ~exists().where(other.id != one.id, func.lower(other.name) == func.lower(one.name)),
    )
