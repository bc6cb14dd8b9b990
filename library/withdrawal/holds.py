"""Holds: what must not be removed, whoever asks, until an administrator lets go of it."""

from sqlalchemy import ColumnElement, or_, select

from library import audit
from library.access import Viewer, require_admin
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import Collection, CollectionEntry, MentoringSession
from library.store import Transaction


def held() -> ColumnElement[bool]:
    """A condition on `MentoringSession`: it is on hold, or a collection that holds it."""
    first = select(Collection.id).where(Collection.hold).cte(recursive=True)
    below = select(Collection.id).join(first, Collection.parent_id == first.c.id)
    shelves = select(first.union(below).c.id)
    inside = select(CollectionEntry.session_id).where(CollectionEntry.collection_id.in_(shelves))
    return or_(MentoringSession.hold, MentoringSession.id.in_(inside))


def require_free(db: Transaction, session_id: int) -> None:
    """Let through what is not on hold.

    Raises:
        ConflictError: it is.
    """
    if is_held(db, session_id):
        raise ConflictError(
            "This session is on hold, so nobody can remove it now. Ask an administrator."
        )


def is_held(db: Transaction, session_id: int) -> bool:
    """Whether a session is on hold."""
    query = select(MentoringSession.id).where(MentoringSession.id == session_id, held())
    return db.scalar(query) is not None


def set_hold(db: Transaction, viewer: Viewer, session_id: int, *, hold: bool, reason: str) -> None:
    """Put a session on hold, or let go of it.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: there is no such session.
        InvalidInputError: there is no reason.
    """
    require_admin(viewer)
    session = db.get(MentoringSession, session_id)
    if session is None or session.deleted_at is not None:
        raise NotFoundError("There is no session with this number.")
    if not reason.strip():
        raise InvalidInputError("Say why. The reason is written into the audit log.")
    session.hold = hold
    audit.record(
        db,
        viewer.person_id,
        "session.hold" if hold else "session.let-go",
        ("session", session_id),
        words={"reason": reason.strip()},
        address=viewer.address,
    )


def on_hold(db: Transaction, viewer: Viewer) -> list[tuple[int, str]]:
    """The sessions that are on hold themselves: number and title.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    rows = db.execute(
        select(MentoringSession.id, MentoringSession.title)
        .where(MentoringSession.hold, MentoringSession.deleted_at.is_(None))
        .order_by(MentoringSession.id)
    )
    return [(row[0], row[1]) for row in rows]
