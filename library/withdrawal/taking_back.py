"""Taking back for good: a session, or one of its sources, with all that was made of it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.exc import IntegrityError

from library import audit, webhooks
from library.access import Viewer, session_to_edit
from library.consent import release
from library.consent.standings import REFUSALS
from library.errors import ConflictError
from library.holdings import erasure, passages, removal_record, sessions, sources
from library.holdings.erasure import About, Going
from library.models import (
    Event,
    MentoringSession,
    Participant,
    Person,
    Receipt,
    Removal,
    SealedOriginal,
    Segment,
    Source,
    TranscriptVersion,
    Upload,
    now,
)
from library.store import Library, Transaction
from library.withdrawal import comparing, holds, removed, traces
from library.withdrawal.comparing import Compared


def take_back(library: Library, viewer: Viewer, session_id: int) -> Receipt:
    """Remove a session with everything that was made of it, and everything that repeats it.

    Its rows go in one transaction, its files, sealed ones too, right after. What the database's own
    files still hold of it is the worker's (`withdrawal.compaction`).

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        ConflictError: it is on hold.
    """
    with library.reading() as db:
        session = session_to_edit(db, viewer, session_id)
        compared = comparing.compare(db, session, [source.id for source in session.sources])
    with library.transaction(on_full_disk=True) as db:
        receipt = destroy(db, viewer, session_to_edit(db, viewer, session_id), compared)
        _log(db, viewer, "session.take-back", ("session", session_id))
    erasure.finish(library)
    return receipt


def destroy(
    db: Transaction, viewer: Viewer, session: MentoringSession, compared: Compared | None = None
) -> Receipt:
    """Remove a session's rows and plan what has to go from the disk; then finish the erasure.

    What others kept can be *compared* before, in a reading view.

    Raises:
        ConflictError: it is on hold.
    """
    holds.require_free(db, session.id)
    facts = {"session": session.id, "made": session.created_at.isoformat()}
    files = removal_record.keyed_in(db, _hashes_of(session.sources))
    removal_record.note(db, removal_record.SESSION, **facts, files=files)
    return remove_whole(db, viewer, session, compared)


def remove_whole(
    db: Transaction, viewer: Viewer, session: MentoringSession, compared: Compared | None = None
) -> Receipt:
    """Do what `destroy` does, also where a hold forbids it, and leave the removal record alone."""
    gone = removed.counted(db, session, [source.id for source in session.sources])
    people = _voices_of(db, session)
    removal = _plan(db, viewer, session, session.sources, SealedOriginal.session_id == session.id)
    traces.forget_session(db, viewer, session, compared)
    webhooks.announce(db, Event.SESSION_REMOVED, session_id=session.id)
    sessions.remove(db, session)
    _forget_voices(db, people)
    return removed.give(db, viewer, gone, removal)


def source_to_take_back(db: Transaction, viewer: Viewer, source_id: int) -> Source:
    """A recording, note or transcript that *viewer* can take out: of a session, or their note.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        ConflictError: the session is on hold, or has nothing else.
    """
    source = sources.visible_source(db, viewer, source_id)
    own = viewer.person_id is not None and source.added_by == viewer.person_id
    session = source.session if own else session_to_edit(db, viewer, source.session_id)
    holds.require_free(db, session.id)
    if len(session.sources) == 1:
        raise ConflictError("This is all that the session has. Remove the session instead.")
    return source


def take_back_source(library: Library, viewer: Viewer, source_id: int) -> Receipt:
    """Remove one recording, note or transcript of a session with everything that was made of it.

    Who spoke in nothing else of the session is not asked for its release any more.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        ConflictError: the session is on hold, or has nothing else.
    """
    with library.reading() as db:
        source = source_to_take_back(db, viewer, source_id)
        compared = comparing.compare(db, source.session, [source.id])
    with library.transaction(on_full_disk=True) as db:
        source = source_to_take_back(db, viewer, source_id)
        facts = {"source": source.id, "made": source.created_at.isoformat()}
        files = removal_record.keyed_in(db, _hashes_of([source]))
        removal_record.note(db, removal_record.SOURCE, **facts, files=files)
        receipt = remove_part(db, viewer, source, compared)
        _log(db, viewer, "source.take-back", ("source", source_id))
    erasure.finish(library)
    return receipt


def remove_part(
    db: Transaction, viewer: Viewer, source: Source, compared: Compared | None = None
) -> Receipt:
    """Remove a source's rows and plan what has to go from the disk, as `remove_whole` does."""
    session = source.session
    gone = removed.counted(db, session, [source.id])
    people = _voices_of(db, session)
    # Of what was sealed before that was kept, nobody can say of which source it is.
    of_it = or_(SealedOriginal.source_id == source.id, SealedOriginal.source_id.is_(None))
    sealed = (SealedOriginal.session_id == session.id) & of_it
    removal = _plan(db, viewer, session, [source], sealed)
    traces.forget_source(db, viewer, session, source.id, compared)
    passages.remove_of_source(db, source.id)
    session.sources.remove(source)
    session.updated_at = now()
    db.flush()
    silent = people - _voices_of(db, session)
    _forget_answers(session, silent)
    release.settle(db, session)
    _forget_voices(db, silent)
    return removed.give(db, viewer, gone, removal)


def _log(db: Transaction, viewer: Viewer, action: str, subject: audit.Subject) -> None:
    audit.record(db, viewer.person_id, action, subject, address=viewer.address)


def _plan(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    found: Sequence[Source],
    sealed: ColumnElement[bool],
) -> Removal:
    """Note what these sources leave on the disk; rows of sealed files and uploads go at once."""
    hashes, whole = _hashes_of(found), len(found) == len(session.sources)
    files = db.scalars(select(SealedOriginal).where(sealed)).all()
    brought = select(Upload).where(Upload.session_id == session.id)
    uploads = db.scalars(brought if whole else brought.where(Upload.sha256.in_(hashes))).all()
    ids = [source.id for source in found]
    removal = erasure.plan(
        db,
        removed.WHOLE if whole else removed.PART_OF_IT,
        About(session_id=session.id, sources=ids, by=viewer.person_id),
        Going(
            taken_back=hashes,
            sealed=[row.name for row in files],
            uploads=[upload.id for upload in uploads],
            work=ids,
            removed_after=passages.stamp(db).removal_id,
        ),
    )
    for row in (*files, *uploads):
        db.delete(row)
    return removal


def _hashes_of(found: Iterable[Source]) -> list[str]:
    return [h for s in found for h in (s.sha256, s.web_sha256, s.transcript_sha256) if h]


def _voices_of(db: Transaction, session: MentoringSession) -> set[int]:
    """Who takes part or speaks in a session."""
    spoken = (
        select(Segment.person_id)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .where(Source.session_id == session.id, Segment.person_id.is_not(None))
        .distinct()
    )
    return {i for i in db.scalars(spoken) if i is not None} | {
        p.person_id for p in session.participants
    }


def _forget_answers(session: MentoringSession, ids: Iterable[int]) -> None:
    """Drop what these people agreed to; a no stays a no."""
    for answer in [one for one in session.answers if one.person_id in ids]:
        if answer.state not in REFUSALS and answer.person_id != session.owner_id:
            session.answers.remove(answer)


def _forget_voices(db: Transaction, ids: Iterable[int]) -> None:
    """Remove those of these people who have no account and are nowhere else in the library."""
    for person_id in ids:
        person = db.get(Person, person_id)
        elsewhere = (
            select(Segment.id).where(Segment.person_id == person_id).limit(1),
            select(Participant.session_id).where(Participant.person_id == person_id).limit(1),
        )
        if person is None or person.email is not None:
            continue
        if any(db.scalar(query) is not None for query in elsewhere):
            continue
        try:
            with db.begin_nested():
                db.execute(delete(Person).where(Person.id == person_id))
        except IntegrityError:  # something else still names them: then they are somewhere else
            db.expire(person)
