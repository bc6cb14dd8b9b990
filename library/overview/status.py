"""System status in numbers, for administrators."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from library.access import Viewer, require_admin
from library.models import AuditEvent, State, now
from library.preservation import checks
from library.preservation.backup import MADE
from library.preservation.checks import IntegrityReport
from library.sessions import sessions, sources
from library.store import Library, Transaction

BACKUP_DUE = timedelta(days=7)  # age of the last backup after which a new one is due


@dataclass(frozen=True, kw_only=True)
class Status:
    """Numbers of the system status page."""

    searchable: int  # number of searchable sessions
    total: int
    kept_bytes: int  # size of the originals
    seconds: float  # length of all recordings
    free_bytes: int  # free space on the disk of the originals
    jobs: dict[State, int]  # number of sources by processing state
    first_backup: datetime | None  # time of the oldest recorded backup
    backup: AuditEvent | None  # event of the last backup
    check: IntegrityReport | None  # report of the last check

    @property
    def last_backup(self) -> datetime | None:
        """Time of the last backup."""
        return None if self.backup is None else self.backup.at

    @property
    def wrong(self) -> int | None:
        """Number of errors in the last check; None: not checked yet."""
        return None if self.check is None else self.check.wrong

    @property
    def backup_is_due(self) -> bool:
        """True if there is no backup, or the last backup is older than 7 days (`BACKUP_DUE`)."""
        return self.last_backup is None or now() - self.last_backup > BACKUP_DUE


def status(library: Library, db: Transaction, viewer: Viewer) -> Status:
    """Return the present system status.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    searchable, total = sessions.coverage(db, viewer)
    totals = sources.holdings(db)
    first = select(func.min(AuditEvent.at)).where(AuditEvent.action == MADE)
    return Status(
        searchable=searchable,
        total=total,
        kept_bytes=totals.bytes,
        seconds=totals.seconds,
        free_bytes=library.files.free_bytes(),
        jobs={state: totals.sources.get(state, 0) for state in State},
        first_backup=db.scalar(first),
        backup=checks.last_backup(db),
        check=checks.latest(db),
    )
