"""The condition of the library in numbers, for whoever takes care of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from library.access import Viewer, require_admin
from library.holdings import sessions, sources
from library.keeping import health
from library.keeping.backup import MADE
from library.models import AuditEvent, State, now
from library.store import Library, Transaction

BACKUP_DUE = timedelta(days=7)  # a library that is older than its backup by more is in danger


@dataclass(frozen=True, kw_only=True)
class Condition:
    """How the library is."""

    searchable: int  # sessions
    total: int
    kept_bytes: int  # of originals
    free_bytes: int  # on their disk
    jobs: dict[State, int]  # sources, by the state of the work on them
    first_backup: datetime | None  # the oldest of which the library knows
    last_backup: datetime | None
    wrong: int | None  # sentences of the last look at the library; None: nobody has looked

    @property
    def backup_is_due(self) -> bool:
        """Whether it is time to make a backup."""
        return self.last_backup is None or now() - self.last_backup > BACKUP_DUE


def condition(library: Library, db: Transaction, viewer: Viewer) -> Condition:
    """How the library is now.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    searchable, total = sessions.coverage(db, viewer)
    held = sources.holdings(db)
    found = health.latest(db)
    made = select(func.min(AuditEvent.at), func.max(AuditEvent.at)).where(AuditEvent.action == MADE)
    first, last = db.execute(made).one()
    return Condition(
        searchable=searchable,
        total=total,
        kept_bytes=held.bytes,
        free_bytes=library.files.free_bytes(),
        jobs={state: held.sources.get(state, 0) for state in State},
        first_backup=first,
        last_backup=last,
        wrong=None if found is None else found.wrong,
    )
