"""Sessions of an account that is to be deleted: move them to the trash, or replace the name.

Both steps are slow for many sessions. So they run in several transactions before the account is
deleted. The transaction that deletes the account repeats them for sessions added in the meantime.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select, update

from library.accounts import people
from library.models import MentoringSession, Participant, Person, Segment, Source, TranscriptVersion
from library.removal import legal_holds, trash
from library.sessions import erasure, jobs, passages
from library.sessions.erasure import ErasurePlan, RemovalSubject
from library.speakers import source_speakers
from library.store import Library, Transaction

NAMELESS = "Somebody who left"
PORTION = 5  # sessions to hide, or sources to rename, in one transaction


def prepare(library: Library, person_id: int, *, hide: bool, rename: bool) -> None:
    """Move own sessions to the trash (*hide*) and replace the name in transcripts (*rename*).

    Call this before the account is deleted.

    After an interruption, a second call continues.

    Raises:
        ConflictError: a session to be moved has a legal hold. Nothing is changed then.
    """
    with library.reading() as db:
        name = people.account(db, person_id).name
        alone = sole_participant_sessions(db, person_id) if hide else []
        labelled = _naming(db, person_id, Segment.speaker != "") if rename else []
    for first in range(0, len(alone), PORTION):
        with library.transaction(on_full_disk=True) as db:
            hide_alone(db, person_id, alone[first : first + PORTION])
    for first in range(0, len(labelled), PORTION):
        with library.transaction(on_full_disk=True) as db:
            _rename(db, person_id, name, labelled[first : first + PORTION])


def owned_by(db: Transaction, person_id: int) -> Sequence[int]:
    """Return the ids of the sessions that a person owns."""
    return db.scalars(_owned(person_id)).all()


def sole_participant_sessions(db: Transaction, person_id: int) -> Sequence[int]:
    """Return the ids of a person's own sessions in which no other person takes part or speaks.

    Raises:
        ConflictError: one of them has a legal hold.
    """
    alone = _owned(person_id).where(_is_alone(person_id))
    if (held_id := db.scalar(alone.where(legal_holds.held()).limit(1))) is not None:
        legal_holds.require_free(db, held_id)
    return db.scalars(alone).all()


def hide_alone(db: Transaction, person_id: int, session_ids: Sequence[int]) -> None:
    """Move the sessions among *session_ids* with no other participant or speaker to the trash."""
    alone = _owned(person_id).where(_is_alone(person_id), MentoringSession.trashed_at.is_(None))
    for session_id in db.scalars(alone.where(MentoringSession.id.in_(session_ids))).all():
        trash.hide(db, db.get_one(MentoringSession, session_id))


def replace_name(db: Transaction, person: Person) -> int:
    """Replace a person's name by “Somebody who left” and the person's id.

    The name is also replaced in transcripts. Return the number of the person's segments.
    """
    name, person.name = person.name, _nameless(person.id)
    db.flush()
    if sources := _naming(db, person.id, Segment.speaker != person.name):
        _rename(db, person.id, name, sources)
    return db.scalar(select(func.count()).where(Segment.person_id == person.id)) or 0


def _owned(person_id: int) -> Select[int]:
    return (
        select(MentoringSession.id)
        .where(MentoringSession.owner_id == person_id, MentoringSession.deleted_at.is_(None))
        .order_by(MentoringSession.id)
    )


def _is_alone(person_id: int) -> ColumnElement[bool]:
    """Return the SQL condition for sessions in which no other person takes part or speaks."""
    others = select(Participant.person_id).where(
        Participant.session_id == MentoringSession.id, Participant.person_id != person_id
    )
    unknown = Segment.person_id.is_(None) & (Segment.speaker != "")
    speakers = (
        select(Segment.id)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .where(
            Source.session_id == MentoringSession.id,
            TranscriptVersion.current,
            or_(Segment.person_id != person_id, unknown),
        )
    )
    return ~others.exists() & ~speakers.exists()


def _nameless(person_id: int) -> str:
    return f"{NAMELESS} ({person_id})"


def _naming(db: Transaction, person_id: int, which: ColumnElement[bool]) -> Sequence[int]:
    """Return the ids of sources whose transcripts still show the name of a person.

    *which* is a further condition on the segments.
    """
    spoken = select(Segment.version_id).where(
        Segment.person_id == person_id, Segment.speaker != _nameless(person_id), which
    )
    versions = select(TranscriptVersion.source_id).where(TranscriptVersion.id.in_(spoken))
    return db.scalars(versions.distinct().order_by(TranscriptVersion.source_id)).all()


def _rename(db: Transaction, person_id: int, name: str, source_ids: Sequence[int]) -> None:
    """Replace a name in the transcripts of sources and plan new passages for them."""
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id.in_(source_ids))
    unnamed = Segment.person_id.is_(None)  # another known person may have this name
    db.execute(
        update(Segment)
        .where(or_(Segment.person_id == person_id, unnamed & (Segment.speaker == name)))
        .where(Segment.speaker != "")  # notes have an author and no speaker label
        .where(Segment.version_id.in_(versions))
        .values(speaker=_nameless(person_id))
    )
    source_speakers.rename_label(db, source_ids, name, _nameless(person_id))
    before = passages.stamp(db).removal_id
    passages.remove_of_sources(db, source_ids)
    for source in db.scalars(select(Source).where(Source.id.in_(source_ids))).all():
        jobs.index_again(source)
    erasure.plan(
        db, "person", RemovalSubject(person_id=person_id), ErasurePlan(removed_after=before)
    )
