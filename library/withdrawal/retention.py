"""Retention: how long the collections keep their sessions."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, true

from library import audit
from library.access import Viewer, require_admin, today
from library.errors import InvalidInputError, NotFoundError
from library.models import Collection, CollectionEntry, MentoringSession
from library.store import Transaction
from library.withdrawal import holds

LONGEST = 200  # years


def keep(
    db: Transaction, viewer: Viewer, collection_id: int, *, years: int | None, hold: bool
) -> None:
    """Say how long a collection keeps its sessions, and whether it is on hold.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: there is no such collection.
        InvalidInputError: nobody keeps anything that long, or that short.
    """
    require_admin(viewer)
    collection = db.get(Collection, collection_id)
    if collection is None:
        raise NotFoundError("There is no collection here.")
    if years is not None and not 1 <= years <= LONGEST:
        raise InvalidInputError(f"A collection keeps its sessions for 1 to {LONGEST} years.")
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
    """The sessions that nothing keeps any longer; of these, or of all.

    A session is kept as long as any collection with a time keeps it, from the day it was held, or
    came in where that day is not known. One on hold is kept.
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
            ~holds.held(),
        )
    )
    over: dict[int, bool] = {}
    for session_id, held_on, created_at, years in rows:
        past = years is not None and _after(held_on or created_at.date(), years) <= today()
        over[session_id] = over.get(session_id, True) and past
    return {session_id for session_id, past in over.items() if past}


def _after(day: date, years: int) -> date:
    """The same day some years later; the first of March for the 29th of February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1) if day.year + years < date.max.year else date.max
