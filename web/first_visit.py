"""The first visit: a one-time link that makes the administrator."""

from library.accounts import one_time, people
from library.store import Library

HOURS = 24  # for which the link works


def setup_link(library: Library, base_url: str) -> str | None:
    """A fresh link that makes the first administrator; None when there is one.

    Earlier links stop working: only who sees the newest terminal gets in.
    """
    with library.transaction() as db:
        if people.has_admin(db):
            return None
        token = one_time.offer_link(db, people.FIRST_ADMIN, hours=HOURS)
    return f"{base_url.rstrip('/')}/setup/{token}"
