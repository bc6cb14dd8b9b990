"""Take-back: permanent removal of a session or one of its sources, with all derived data."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.exc import IntegrityError

from library import audit
from library.access import Viewer, session_to_edit
from library.consent import release
from library.consent.release_status import REFUSALS
from library.errors import ConflictError
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
from library.notifications import webhooks
from library.removal import legal_holds, quotation_scan, quoted_words, removal_receipts
from library.removal.quotation_scan import QuotationScan
from library.sessions import erasure, passages, removal_record, sessions, sources
from library.sessions.erasure import ErasurePlan, RemovalSubject
from library.store import Library, Transaction


def take_back(library: Library, viewer: Viewer, session_id: int) -> Receipt:
    """Remove a session, all data derived from it, and quotations of it. Return the receipt.

    The rows are deleted in one transaction, and the files, including sealed files, right after. The
    worker then compacts the database files (`library.removal.compaction`).

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        ConflictError: the session has a legal hold.
    """
    with library.reading() as db:
        session = session_to_edit(db, viewer, session_id)
        compared = quotation_scan.compare(db, session, [source.id for source in session.sources])
    with library.transaction(on_full_disk=True) as db:
        receipt = destroy(db, viewer, session_to_edit(db, viewer, session_id), compared)
        _log(db, viewer, "session.take-back", ("session", session_id))
    erasure.finish(library)
    return receipt


def destroy(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    compared: QuotationScan | None = None,
) -> Receipt:
    """Delete the rows of a session and plan the deletion of its files.

    Call `erasure.finish` after the transaction. *compared* is a comparison of stored texts that was
    made before the transaction.

    Raises:
        ConflictError: the session has a legal hold.
    """
    legal_holds.require_free(db, session.id)
    facts = {"session": session.id, "made": session.created_at.isoformat()}
    files = removal_record.keyed_in(db, _hashes_of(session.sources))
    removal_record.note(db, removal_record.SESSION, **facts, files=files)
    return remove_whole(db, viewer, session, compared)


def remove_whole(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    compared: QuotationScan | None = None,
) -> Receipt:
    """Delete the rows of a session, plan the erasure of its files, and return the receipt.

    Legal holds are not checked, and no line is written to the removal record.
    """
    counts = removal_receipts.counted(db, session, [source.id for source in session.sources])
    people = _people_of(db, session)
    removal = _plan(db, viewer, session, session.sources, SealedOriginal.session_id == session.id)
    quoted_words.remove_session_quotes(db, viewer, session, compared)
    webhooks.announce(db, Event.SESSION_REMOVED, session_id=session.id)
    sessions.remove(db, session)
    _delete_unused_people(db, people)
    return removal_receipts.give(db, viewer, counts, removal)


def source_to_take_back(db: Transaction, viewer: Viewer, source_id: int) -> Source:
    """Return a source if *viewer* may change its session or has added the source.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        ConflictError: the session has a legal hold, or this is its only source.
    """
    source = sources.visible_source(db, viewer, source_id)
    own = viewer.person_id is not None and source.added_by == viewer.person_id
    session = source.session if own else session_to_edit(db, viewer, source.session_id)
    legal_holds.require_free(db, session.id)
    if len(session.sources) == 1:
        raise ConflictError("The session has no other source. Remove the session instead.")
    return source


def take_back_source(library: Library, viewer: Viewer, source_id: int) -> Receipt:
    """Remove one source of a session with all data derived from it. Return the receipt.

    Speakers who speak in no other source of the session are not asked for consent any more.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        ConflictError: the session has a legal hold, or this is its only source.
    """
    with library.reading() as db:
        source = source_to_take_back(db, viewer, source_id)
        compared = quotation_scan.compare(db, source.session, [source.id])
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
    db: Transaction, viewer: Viewer, source: Source, compared: QuotationScan | None = None
) -> Receipt:
    """Delete the rows of a source, plan the erasure of its files, and return the receipt.

    Legal holds are not checked, and no line is written to the removal record.
    """
    session = source.session
    counts = removal_receipts.counted(db, session, [source.id])
    people = _people_of(db, session)
    # Rows from before migration 0022 do not tell which source was sealed.
    of_it = or_(SealedOriginal.source_id == source.id, SealedOriginal.source_id.is_(None))
    sealed = (SealedOriginal.session_id == session.id) & of_it
    removal = _plan(db, viewer, session, [source], sealed)
    quoted_words.remove_source_quotes(db, viewer, session, source.id, compared)
    passages.remove_of_source(db, source.id)
    session.sources.remove(source)
    session.updated_at = now()
    db.flush()
    silent = people - _people_of(db, session)
    _forget_answers(session, silent)
    release.refresh(db, session)
    _delete_unused_people(db, silent)
    return removal_receipts.give(db, viewer, counts, removal)


def _log(db: Transaction, viewer: Viewer, action: str, subject: audit.Subject) -> None:
    audit.record(db, viewer.person_id, action, subject, address=viewer.address)


def _plan(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    found: Sequence[Source],
    sealed: ColumnElement[bool],
) -> Removal:
    """Plan the erasure of the files of sources. Delete their uploads and sealed originals.

    *found* has the sources. *sealed* is the SQL condition for the sealed originals.
    """
    hashes, is_whole = _hashes_of(found), len(found) == len(session.sources)
    files = db.scalars(select(SealedOriginal).where(sealed)).all()
    uploads_query = select(Upload).where(Upload.session_id == session.id)
    uploads = db.scalars(
        uploads_query if is_whole else uploads_query.where(Upload.sha256.in_(hashes))
    ).all()
    ids = [source.id for source in found]
    removal = erasure.plan(
        db,
        removal_receipts.WHOLE if is_whole else removal_receipts.PART_OF_IT,
        RemovalSubject(session_id=session.id, sources=ids, by=viewer.person_id),
        ErasurePlan(
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


def _people_of(db: Transaction, session: MentoringSession) -> set[int]:
    """Return the ids of the people who take part or speak in a session."""
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
    """Delete the consent answers of the people *ids*, except refusals and the owner's answer."""
    for answer in [one for one in session.answers if one.person_id in ids]:
        if answer.state not in REFUSALS and answer.person_id != session.owner_id:
            session.answers.remove(answer)


def _delete_unused_people(db: Transaction, ids: Iterable[int]) -> None:
    """Delete the people, among *ids*, who have no account and appear in no session any more."""
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
        except IntegrityError:  # another row still refers to the person
            db.expire(person)
