"""The trash: what was removed is hidden at once, and goes for good after some days."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from library import audit, webhooks
from library.access import GUEST, Viewer, session_to_edit, trashed_sessions
from library.accounts.service import service
from library.consent import release_links
from library.errors import NotFoundError
from library.holdings import erasure
from library.models import Event, MentoringSession, Receipt, Release, now
from library.store import Library, Transaction
from library.withdrawal import comparing, holds, retention, taking_back
from library.withdrawal.comparing import Compared

PORTION = 50  # sessions that are hidden in one transaction


def put(db: Transaction, viewer: Viewer, session_id: int) -> None:
    """Hide a session from everybody; its owner and administrators find it in the trash.

    Links that let somebody hear it without an account end.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        ConflictError: it is on hold.
    """
    session = session_to_edit(db, viewer, session_id)
    holds.require_free(db, session_id)
    hide(db, session)
    for link in release_links.in_use(db, session_id):
        link.revoked_at = now()
    _log(db, viewer, "session.trash", session_id)


def hide(db: Transaction, session: MentoringSession) -> None:
    """Put a session into the trash, whoever wants it so."""
    session.trashed_at = session.updated_at = now()
    if session.release is Release.RELEASED:
        webhooks.announce(db, Event.SESSION_WITHDRAWN, session_id=session.id)
    db.flush()


def listed(db: Transaction, viewer: Viewer) -> Sequence[tuple[MentoringSession, datetime]]:
    """What is in the trash for *viewer*, newest first, and when each goes for good."""
    days = timedelta(days=service(db).trash_days)
    found = db.scalars(
        select(MentoringSession)
        .where(trashed_sessions(viewer))
        .order_by(MentoringSession.trashed_at.desc(), MentoringSession.id.desc())
    ).all()
    return [(session, session.trashed_at + days) for session in found if session.trashed_at]


def goes_at(db: Transaction, session: MentoringSession) -> datetime:
    """When a session that is in the trash goes for good."""
    return (session.trashed_at or now()) + timedelta(days=service(db).trash_days)


def get(db: Transaction, viewer: Viewer, session_id: int) -> MentoringSession:
    """A session in the trash.

    Raises:
        NotFoundError: there is none that *viewer* may put back.
    """
    found = db.scalar(
        select(MentoringSession).where(MentoringSession.id == session_id, trashed_sessions(viewer))
    )
    if found is None:
        raise NotFoundError("This session is not in the trash.")
    return found


def restore(db: Transaction, viewer: Viewer, session_id: int) -> MentoringSession:
    """Put a session back as it was: its visibility, its release and its place in collections.

    One whose time in a collection is over is put on hold, or it would go again tomorrow.

    Raises:
        NotFoundError: it is not in the trash for *viewer*.
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
    """Remove a session in the trash for good.

    Raises:
        NotFoundError: it is not in the trash for *viewer*.
        ConflictError: it is on hold.
    """
    with library.reading() as db:
        compared = _compared(db, get(db, viewer, session_id))
    with library.transaction(on_full_disk=True) as db:
        receipt = taking_back.destroy(db, viewer, get(db, viewer, session_id), compared)
        _log(db, viewer, "session.take-back", session_id)
    erasure.finish(library)
    return receipt


def purge(library: Library) -> int:
    """Remove for good what has been in the trash long enough; gives how many sessions."""
    with library.reading() as db:
        before = now() - timedelta(days=service(db).trash_days)
        due = db.scalars(
            select(MentoringSession.id).where(
                MentoringSession.deleted_at.is_(None),
                MentoringSession.trashed_at < before,
                ~holds.held(),
            )
        ).all()
    for session_id in due:
        with library.reading() as db:
            session = db.get(MentoringSession, session_id)
            compared = _compared(db, session) if session is not None else None
        with library.transaction(on_full_disk=True) as db:
            session = db.get(MentoringSession, session_id)
            if session is not None and session.trashed_at and session.trashed_at < before:
                taking_back.destroy(db, GUEST, session, compared)
                audit.record(db, None, "session.purge", ("session", session_id))
    if due:
        erasure.finish(library)
    return len(due)


def _compared(db: Transaction, session: MentoringSession) -> Compared:
    return comparing.compare(db, session, [source.id for source in session.sources])


def apply_retention(library: Library) -> int:
    """Put into the trash what its collections no longer keep; gives how many sessions."""
    with library.reading() as db:
        ids = sorted(retention.due(db))
    hidden = 0
    for first in range(0, len(ids), PORTION):
        with library.transaction(on_full_disk=True) as db:
            some = retention.due(db, ids[first : first + PORTION])
            there = select(MentoringSession).where(MentoringSession.id.in_(some))
            for session in db.scalars(there).all():
                hide(db, session)
                audit.record(db, None, "session.retention", ("session", session.id))
        hidden += len(some)
    return hidden


def _log(db: Transaction, viewer: Viewer, action: str, session_id: int) -> None:
    subject = ("session", session_id)
    audit.record(db, viewer.person_id, action, subject, address=viewer.address)
