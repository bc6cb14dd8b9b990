"""The sessions of somebody who leaves: hidden where they are theirs alone, or without their name.

With many sessions both take long, so they are done before the account goes, some sessions in a
transaction; what came in meanwhile follows in the transaction in which it goes.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select, update

from library.accounts import people
from library.editing import speakers
from library.holdings import erasure, jobs, passages
from library.holdings.erasure import About, Going
from library.models import MentoringSession, Participant, Person, Segment, Source, TranscriptVersion
from library.store import Library, Transaction
from library.withdrawal import holds, trash

NAMELESS = "Somebody who left"
PORTION = 5  # sessions that are hidden, or sources without the name, in one transaction


def prepare(library: Library, person_id: int, *, hide: bool, rename: bool) -> None:
    """Do what can be done before the account goes; doing it again goes on where it ended.

    Raises:
        ConflictError: a session that would be hidden is on hold; then nothing is done.
    """
    with library.reading() as db:
        name = people.account(db, person_id).name
        alone = alone_of(db, person_id) if hide else []
        labelled = _naming(db, person_id, Segment.speaker != "") if rename else []
    for first in range(0, len(alone), PORTION):
        with library.transaction(on_full_disk=True) as db:
            hide_alone(db, person_id, alone[first : first + PORTION])
    for first in range(0, len(labelled), PORTION):
        with library.transaction(on_full_disk=True) as db:
            _rename(db, person_id, name, labelled[first : first + PORTION])


def owned_by(db: Transaction, person_id: int) -> Sequence[int]:
    """The sessions that somebody owns."""
    return db.scalars(_owned(person_id)).all()


def alone_of(db: Transaction, person_id: int) -> Sequence[int]:
    """Those of them in which nobody else takes part or speaks.

    Raises:
        ConflictError: one of them is on hold.
    """
    alone = _owned(person_id).where(_is_alone(person_id))
    if (held := db.scalar(alone.where(holds.held()).limit(1))) is not None:
        holds.require_free(db, held)
    return db.scalars(alone).all()


def hide_alone(db: Transaction, person_id: int, session_ids: Sequence[int]) -> None:
    """Put those of these sessions into the trash that are a person's alone, and not there yet."""
    alone = _owned(person_id).where(_is_alone(person_id), MentoringSession.trashed_at.is_(None))
    for session_id in db.scalars(alone.where(MentoringSession.id.in_(session_ids))).all():
        trash.hide(db, db.get_one(MentoringSession, session_id))


def replace_name(db: Transaction, person: Person) -> int:
    """Take a name out of what is left to rename, and off the person; gives how many segments."""
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
    """A condition on `MentoringSession`: nobody else takes part or speaks in it."""
    others = select(Participant.person_id).where(
        Participant.session_id == MentoringSession.id, Participant.person_id != person_id
    )
    unknown = Segment.person_id.is_(None) & (Segment.speaker != "")
    voices = (
        select(Segment.id)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .where(
            Source.session_id == MentoringSession.id,
            TranscriptVersion.current,
            or_(Segment.person_id != person_id, unknown),
        )
    )
    return ~others.exists() & ~voices.exists()


def _nameless(person_id: int) -> str:
    return f"{NAMELESS} ({person_id})"


def _naming(db: Transaction, person_id: int, which: ColumnElement[bool]) -> Sequence[int]:
    """The sources that have words of somebody, not yet without their name."""
    spoken = select(Segment.version_id).where(
        Segment.person_id == person_id, Segment.speaker != _nameless(person_id), which
    )
    versions = select(TranscriptVersion.source_id).where(TranscriptVersion.id.in_(spoken))
    return db.scalars(versions.distinct().order_by(TranscriptVersion.source_id)).all()


def _rename(db: Transaction, person_id: int, name: str, source_ids: Sequence[int]) -> None:
    """Take a name out of the transcripts of sources, whose passages are made anew."""
    versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id.in_(source_ids))
    unnamed = Segment.person_id.is_(None)  # somebody else of the same name keeps theirs
    db.execute(
        update(Segment)
        .where(or_(Segment.person_id == person_id, unnamed & (Segment.speaker == name)))
        .where(Segment.speaker != "")  # notes have an author and no label
        .where(Segment.version_id.in_(versions))
        .values(speaker=_nameless(person_id))
    )
    speakers.rename_label(db, source_ids, name, _nameless(person_id))
    before = passages.stamp(db).removal_id
    passages.remove_of_sources(db, source_ids)
    for source in db.scalars(select(Source).where(Source.id.in_(source_ids))).all():
        jobs.index_again(source)
    erasure.plan(db, "person", About(person_id=person_id), Going(removed_after=before))
