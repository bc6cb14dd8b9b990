"""What the last look at the library found, for the page that administrators see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from library.access import Viewer, require_admin
from library.holdings import removal_record
from library.keeping.backup import MADE
from library.keeping.verify import Check, checks
from library.models import AuditEvent, ServiceSetting, now
from library.store import Library, Transaction

FOUND, WANTED = "health", "health_wanted"
EVERY = timedelta(days=1)
MOST = 20  # sentences of one check


@dataclass(frozen=True)
class Found:
    """What a look found."""

    at: datetime
    thorough: bool
    said: dict[str, list[str]]  # sentences, by the check's name

    @property
    def wrong(self) -> int:
        """How many sentences there are."""
        return sum(len(sentences) for sentences in self.said.values())


def latest(db: Transaction) -> Found | None:
    """What the last look found; None before the first."""
    row = db.get(ServiceSetting, FOUND)
    if row is None:
        return None
    return Found(datetime.fromisoformat(row.value["at"]), row.value["thorough"], row.value["said"])


def is_wanted(db: Transaction) -> bool:
    """Whether somebody waits for a thorough look."""
    return db.get(ServiceSetting, WANTED) is not None


def ask(db: Transaction, viewer: Viewer) -> None:
    """Let the worker read every file and look at everything.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    db.merge(ServiceSetting(name=WANTED, value=now().isoformat()))
    db.flush()


def look_if_due(library: Library, more: Mapping[str, Check]) -> bool:
    """Look at the library once a day, and thoroughly when somebody asked; whether it was done."""
    with library.reading() as db:
        last, thorough = latest(db), is_wanted(db)
    if not thorough and last is not None and now() - last.at < EVERY:
        return False
    look(library, more, thorough=thorough)
    return True


def look(library: Library, more: Mapping[str, Check], *, thorough: bool) -> Found:
    """Look at everything, and keep what was found; the removal record is completed before."""
    removal_record.complete(library, known=True)
    said = {name: list(check(library)) for name, check in _all(more, thorough=thorough)}
    found = Found(now(), thorough, {name: _shortened(told) for name, told in said.items()})
    kept: dict[str, Any] = {"at": found.at.isoformat(), "thorough": thorough, "said": found.said}
    with library.transaction() as db:
        db.merge(ServiceSetting(name=FOUND, value=kept))
        if thorough:
            db.execute(delete(ServiceSetting).where(ServiceSetting.name == WANTED))
    return found


def last_backup(db: Transaction) -> AuditEvent | None:
    """When the last backup was made, and how large it was."""
    query = select(AuditEvent).where(AuditEvent.action == MADE).order_by(AuditEvent.id.desc())
    return db.scalar(query.limit(1))


def _all(more: Mapping[str, Check], *, thorough: bool) -> list[tuple[str, Check]]:
    return [*checks(thorough=thorough).items(), *more.items()]


def _shortened(told: list[str]) -> list[str]:
    rest = len(told) - MOST
    return told if rest <= 0 else [*told[:MOST], f"And {rest} more."]
