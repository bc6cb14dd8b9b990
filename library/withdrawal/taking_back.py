"""Taking back for good: a session, or one of its sources, with all that was made of it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from library import audit, webhooks
from library.access import Viewer, session_to_edit
from library.editing import transcripts
from library.holdings import erasure, passages, sessions, sources
from library.models import (
    Event,
    MentoringSession,
    Participant,
    Person,
    SealedOriginal,
    Segment,
    Source,
    TranscriptVersion,
    Upload,
    now,
)
from library.store import Library, Transaction
from library.withdrawal import holds, traces


def take_back(library: Library, viewer: Viewer, session_id: int) -> None:
    """Remove a session with everything that was made of it, and everything that repeats it.

    Its rows go in one transaction; its files, sealed ones too, and what the database's own files
    still hold of it go right after, or when the next process starts.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
    """
    with library.transaction() as db:
        destroy(db, session_to_edit(db, viewer, session_id))
        _log(db, viewer, "session.take-back", ("session", session_id))
    erasure.finish(library)


def destroy(db: Transaction, session: MentoringSession) -> None:
    """Remove a session's rows and plan what has to go from the disk; then finish the erasure."""
    holds.require_free(db, session.id)
    said = "\n".join([session.title, *(_said_in(db, source.id) for source in session.sources)])
    people = _voices_of(db, session)
    ids, hashes = [s.id for s in session.sources], _hashes_of(session.sources)
    uploads = db.scalars(select(Upload).where(Upload.session_id == session.id)).all()
    erasure.plan(
        db,
        kept=hashes,
        sealed=_sealed_of(db, session.id),
        uploads=[upload.id for upload in uploads],
        work=ids,
        removed_after=passages.stamp(db).removal_id,
    )
    for upload in uploads:
        db.delete(upload)
    webhooks.announce(db, Event.SESSION_REMOVED, session_id=session.id)
    sessions.remove(db, session)
    _forget_voices(db, people)
    traces.forget_words(db, said)


def take_back_source(library: Library, viewer: Viewer, source_id: int) -> None:
    """Remove one recording, note or transcript of a session with everything that was made of it.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
    """
    with library.transaction() as db:
        source = sources.visible_source(db, viewer, source_id)
        session = session_to_edit(db, viewer, source.session_id)
        said = _said_in(db, source.id)
        erasure.plan(
            db,
            kept=_hashes_of([source]),
            work=[source.id],
            removed_after=passages.stamp(db).removal_id,
        )
        passages.remove_of_source(db, source.id)
        session.sources.remove(source)
        session.updated_at = now()
        db.flush()
        traces.forget_words(db, said, [session])
        _log(db, viewer, "source.take-back", ("source", source_id))
    erasure.finish(library)


def _log(db: Transaction, viewer: Viewer, action: str, subject: audit.Subject) -> None:
    audit.record(db, viewer.person_id, action, subject, address=viewer.address)


def _said_in(db: Transaction, source_id: int) -> str:
    """The words of a source as they are read now, and what it was called."""
    version = transcripts.current_version(db, source_id)
    segments = transcripts.segments_of(db, version.id) if version else []
    return "\n".join([s.text for s in segments])


def _hashes_of(found: Iterable[Source]) -> list[str]:
    return [h for s in found for h in (s.sha256, s.web_sha256, s.transcript_sha256) if h]


def _sealed_of(db: Transaction, session_id: int) -> Sequence[str]:
    """The names of a session's sealed files, whose rows go at the same time."""
    rows = db.scalars(select(SealedOriginal).where(SealedOriginal.session_id == session_id)).all()
    for row in rows:
        db.delete(row)
    return [row.name for row in rows]


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
