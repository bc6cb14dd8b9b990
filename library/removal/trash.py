"""Trash: removed sessions are hidden at once, and deleted permanently after some days."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from library import audit
from library.access import GUEST, Viewer, session_to_edit, trashed_sessions
from library.accounts.service_settings import service
from library.consent import release_links
from library.errors import NotFoundError
from library.models import Event, MentoringSession, Receipt, Release, now
from library.notifications import webhooks
from library.removal import legal_holds, quotation_scan, retention, take_back
from library.removal.quotation_scan import QuotationScan
from library.sessions import erasure
from library.store import Library, Transaction

PORTION = 50  # sessions to hide in one transaction


def put(db: Transaction, viewer: Viewer, session_id: int) -> None:
    """Move a session to the trash. Only its owner and administrators see it there.

    Release links of the session are revoked.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        ConflictError: the session has a legal hold.
    """
    session = session_to_edit(db, viewer, session_id)
    legal_holds.require_free(db, session_id)
    hide(db, session)
    for link in release_links.in_use(db, session_id):
        link.revoked_at = now()
    _log(db, viewer, "session.trash", session_id)


def hide(db: Transaction, session: MentoringSession) -> None:
    """Move a session to the trash without a check of rights or legal holds."""
    session.trashed_at = session.updated_at = now()
    if session.release is Release.RELEASED:
        webhooks.announce(db, Event.SESSION_WITHDRAWN, session_id=session.id)
    db.flush()


def listed(db: Transaction, viewer: Viewer) -> Sequence[tuple[MentoringSession, datetime]]:
    """Return (session, time of permanent removal, UTC) for the trash of *viewer*, newest first."""
    days = timedelta(days=service(db).trash_days)
    found = db.scalars(
        select(MentoringSession)
        .where(trashed_sessions(viewer))
        .order_by(MentoringSession.trashed_at.desc(), MentoringSession.id.desc())
    ).all()
    return [(session, session.trashed_at + days) for session in found if session.trashed_at]


def goes_at(db: Transaction, session: MentoringSession) -> datetime:
    """Return the time (UTC) at which a session in the trash is removed for good."""
    return (session.trashed_at or now()) + timedelta(days=service(db).trash_days)


def get(db: Transaction, viewer: Viewer, session_id: int) -> MentoringSession:
    """Return a session in the trash.

    Raises:
        NotFoundError: the session is not in the trash for *viewer*.
    """
    found = db.scalar(
        select(MentoringSession).where(MentoringSession.id == session_id, trashed_sessions(viewer))
    )
    if found is None:
        raise NotFoundError("This session is not in the trash. Reload the page.")
    return found


def restore(db: Transaction, viewer: Viewer, session_id: int) -> MentoringSession:
    """Restore a session from the trash with its visibility, release and collections.

    A session whose retention period is over gets a legal hold; otherwise it would be removed again.

    Raises:
        NotFoundError: the session is not in the trash for *viewer*.
    """
    session = get(db, viewer, session_id)
    session.trashed_at, session.updated_at = None, now()
    if session.release is Release.RELEASED:
        webhooks.announce(db, Event.SESSION_RELEASED, session_id=session.id)
    db.flush()
    if retention.due(db, [session_id]):
        session.hold = True
    _log(db, viewer, "session.restore", session_id)
    return session


def remove_now(library: Library, viewer: Viewer, session_id: int) -> Receipt:
    """Remove a session in the trash for good and return the receipt.

    Raises:
        NotFoundError: the session is not in the trash for *viewer*.
        ConflictError: the session has a legal hold.
    """
    with library.reading() as db:
        compared = _compared(db, get(db, viewer, session_id))
    with library.transaction(on_full_disk=True) as db:
        receipt = take_back.destroy(db, viewer, get(db, viewer, session_id), compared)
        _log(db, viewer, "session.take-back", session_id)
    erasure.finish(library)
    return receipt


def purge(library: Library) -> int:
    """Permanently remove the sessions whose time in the trash is over. Return their number."""
    with library.reading() as db:
        before = now() - timedelta(days=service(db).trash_days)
        due = db.scalars(
            select(MentoringSession.id).where(
                MentoringSession.deleted_at.is_(None),
                MentoringSession.trashed_at < before,
                ~legal_holds.held(),
            )
        ).all()
    for session_id in due:
        with library.reading() as db:
            session = db.get(MentoringSession, session_id)
            compared = _compared(db, session) if session is not None else None
        with library.transaction(on_full_disk=True) as db:
            session = db.get(MentoringSession, session_id)
            if session is not None and session.trashed_at and session.trashed_at < before:
                take_back.destroy(db, GUEST, session, compared)
                audit.record(db, None, "session.purge", ("session", session_id))
    if due:
        erasure.finish(library)
    return len(due)


def _compared(db: Transaction, session: MentoringSession) -> QuotationScan:
    return quotation_scan.compare(db, session, [source.id for source in session.sources])


def apply_retention(library: Library) -> int:
    """Move sessions whose retention period is over to the trash. Return their number."""
    with library.reading() as db:
        ids = sorted(retention.due(db))
    hidden = 0
    for first in range(0, len(ids), PORTION):
        with library.transaction(on_full_disk=True) as db:
            some = retention.due(db, ids[first : first + PORTION])
            query = select(MentoringSession).where(MentoringSession.id.in_(some))
            for session in db.scalars(query).all():
                hide(db, session)
                audit.record(db, None, "session.retention", ("session", session.id))
        hidden += len(some)
    return hidden


def _log(db: Transaction, viewer: Viewer, action: str, session_id: int) -> None:
    subject = ("session", session_id)
    audit.record(db, viewer.person_id, action, subject, address=viewer.address)
