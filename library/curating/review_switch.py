"""Switching review on and off, for the library or for a collection."""

from sqlalchemy import select

from library import audit
from library.access import Viewer, require_admin
from library.consent import release_due, reviews
from library.models import Collection, MentoringSession
from library.store import Transaction


def everywhere(db: Transaction, viewer: Viewer, *, on: bool) -> None:
    """Say whether every session is looked at before others find it.

    What others find at this moment counts as accepted: switching review on hides nothing.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    here = select(MentoringSession.id).where(MentoringSession.deleted_at.is_(None))
    before = list(db.scalars(here)) if on and not reviews.is_on(db) else []
    reviews.accept_what_is_found(db, viewer, before)
    if reviews.keep_switch(db, viewer, on=on):
        release_due.settle_soon(db, db.scalars(here), may_close=False)


def collection(db: Transaction, viewer: Viewer, shelf: Collection, *, on: bool) -> None:
    """Say whether the sessions of a collection are looked at before others find them.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    if shelf.reviewed is on:
        return
    inside = [entry.session_id for entry in shelf.entries]
    if on:
        reviews.accept_what_is_found(db, viewer, inside)
    shelf.reviewed = on
    db.flush()
    subject, detail = ("collection", shelf.id), {"on": on}
    audit.record(
        db, viewer.person_id, "collection.review", subject, detail=detail, address=viewer.address
    )
    release_due.settle_soon(db, inside, may_close=False)
