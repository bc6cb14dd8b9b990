"""Legal holds: sessions that no one may remove until an administrator ends the hold."""

from sqlalchemy import ColumnElement, or_, select

from library import audit
from library.access import Viewer, require_admin
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import Collection, CollectionEntry, MentoringSession
from library.store import Transaction


def held() -> ColumnElement[bool]:
    """Return the SQL condition for sessions with a legal hold, or in a collection with one."""
    first = select(Collection.id).where(Collection.hold).cte(recursive=True)
    below = select(Collection.id).join(first, Collection.parent_id == first.c.id)
    collection_list = select(first.union(below).c.id)
    inside = select(CollectionEntry.session_id).where(
        CollectionEntry.collection_id.in_(collection_list)
    )
    return or_(MentoringSession.hold, MentoringSession.id.in_(inside))


def require_free(db: Transaction, session_id: int) -> None:
    """Require that a session has no legal hold.

    Raises:
        ConflictError: the session has a legal hold.
    """
    if is_held(db, session_id):
        raise ConflictError(
            "This session is under a legal hold and cannot be removed. Ask an administrator "
            "to lift it."
        )


def is_held(db: Transaction, session_id: int) -> bool:
    """Return whether a session has a legal hold."""
    query = select(MentoringSession.id).where(MentoringSession.id == session_id, held())
    return db.scalar(query) is not None


def set_hold(db: Transaction, viewer: Viewer, session_id: int, *, hold: bool, reason: str) -> None:
    """Set or end the legal hold of a session.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: the session does not exist.
        InvalidInputError: *reason* is empty.
    """
    require_admin(viewer)
    session = db.get(MentoringSession, session_id)
    if session is None or session.deleted_at is not None:
        raise NotFoundError("This session was not found.")
    if not reason.strip():
        raise InvalidInputError("Enter a reason. It is written to the audit log.")
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
    """Return (id, title) of each session that has a legal hold itself, not through a collection.

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
