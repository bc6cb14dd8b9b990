"""Retention periods of collections."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, true

from library import audit
from library.access import Viewer, require_admin, today
from library.errors import InvalidInputError, NotFoundError
from library.models import Collection, CollectionEntry, MentoringSession
from library.removal import legal_holds
from library.store import Transaction

LONGEST = 200  # years


def set_period(
    db: Transaction, viewer: Viewer, collection_id: int, *, years: int | None, hold: bool
) -> None:
    """Set the retention period of a collection in years, and its legal hold.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: the collection does not exist.
        InvalidInputError: *years* is not between 1 and 200 (`LONGEST`).
    """
    require_admin(viewer)
    collection = db.get(Collection, collection_id)
    if collection is None:
        raise NotFoundError("This collection was not found.")
    if years is not None and not 1 <= years <= LONGEST:
        raise InvalidInputError("Enter a number of years from 1 to %(longest)s.", longest=LONGEST)
    collection.keep_years, collection.hold = years, hold
    audit.record(
        db,
        viewer.person_id,
        "collection.retention",
        ("collection", collection_id),
        detail={"years": years, "hold": hold},
        address=viewer.address,
    )


def due(db: Transaction, among: Sequence[int] | None = None) -> set[int]:
    """Return the ids of sessions whose retention period is over: of *among*, or of all sessions.

    The period starts on the day of the session. If that day is unknown, it starts on the day on
    which the session was added. If a session is in several collections, the longest period counts.
    Sessions with a legal hold are not returned.
    """
    chosen = true() if among is None else MentoringSession.id.in_(among)
    rows = db.execute(
        select(
            MentoringSession.id,
            MentoringSession.held_on,
            MentoringSession.created_at,
            Collection.keep_years,
        )
        .join(CollectionEntry, CollectionEntry.session_id == MentoringSession.id)
        .join(Collection, Collection.id == CollectionEntry.collection_id)
        .where(
            chosen,
            Collection.keep_years.is_not(None),
            MentoringSession.deleted_at.is_(None),
            MentoringSession.trashed_at.is_(None),
            ~legal_holds.held(),
        )
    )
    over: dict[int, bool] = {}
    for session_id, held_on, created_at, years in rows:
        past = years is not None and _after(held_on or created_at.date(), years) <= today()
        over[session_id] = over.get(session_id, True) and past
    return {session_id for session_id, past in over.items() if past}


def _after(day: date, years: int) -> date:
    """Return the same day some years later; 1 March instead of a missing 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1) if day.year + years < date.max.year else date.max
