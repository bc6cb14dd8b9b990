"""Integrity checks of the library. Each check yields one sentence for each error."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from library.access import Viewer, require_admin
from library.consent import ledger, pending_releases, release, release_holds
from library.models import AuditEvent, MentoringSession, Release, ServiceSetting, now
from library.preservation import backup_folders, integrity
from library.preservation.backup import MADE
from library.removal import compaction, remaining_bytes
from library.sessions import removal_record
from library.store import Library, Transaction
from library.translation import gettext, mark, ngettext

Check = Callable[[Library], Iterator[str]]


def checks(*, thorough: bool) -> Mapping[str, Check]:
    """Return all checks by name. Only *thorough* checks read each file to its end."""
    return {
        mark("Permissions"): integrity.permissions,
        mark("Database"): partial(integrity.database, thorough=thorough),
        mark("Files"): partial(integrity.files, thorough=thorough),
        mark("Sealed originals"): partial(integrity.sealed, thorough=thorough),
        mark("Orphaned files"): integrity.orphans,
        mark("Passages and vectors"): integrity.vectors,
        mark("Removals"): _removals,
        mark("Removal record"): _record,
        mark("Backups"): backup_folders.too_old,
        mark("Consent ledger"): _chain,
        mark("Releases"): _releases,
    }


def _removals(library: Library) -> Iterator[str]:
    """Check that removals finished in time and that no file has bytes of a removed file."""
    yield from compaction.overdue(library)
    yield from remaining_bytes.find_all(library)


def _record(library: Library) -> Iterator[str]:
    """Check that the removal record has a line for each removal."""
    if lacking := removal_record.missing(library):
        yield ngettext(
            "%(num)s removal is not in %(file)s yet, so a restored backup could contain the "
            "removed data. Check that the library's folder can be written to. The worker then "
            "completes the file.",
            "%(num)s removals are not in %(file)s yet, so a restored backup could contain the "
            "removed data. Check that the library's folder can be written to. The worker then "
            "completes the file.",
            lacking,
            file=removal_record.NAME,
        )


def _chain(library: Library) -> Iterator[str]:
    with library.reading() as db:
        yield from ledger.objections(db)


def _releases(library: Library) -> Iterator[str]:
    """Check that the release of each session follows from the answers of its speakers.

    If the release of a session must still be recomputed (`pending_releases`), the session may be
    hidden until then.
    """
    with library.reading() as db:
        due = pending_releases.ids(db)
        for session in db.scalars(
            select(MentoringSession).where(MentoringSession.deleted_at.is_(None))
        ):
            follows = release.compute(db, session)
            holds = release_holds.holds_of(db, session)
            if session.held is not release_holds.is_held(session, holds):
                yield gettext(
                    "The value “an unnamed speaker blocks the release” of session %(id)s is wrong. "
                    "Save the visibility of the session again.",
                    id=session.id,
                )
            hidden = session.id in due and session.release is not Release.RELEASED
            if session.release is not follows and not hidden:
                said = gettext(
                    "The release of session %(id)s is stored as %(stored)s, but should be "
                    "%(computed)s. Save the visibility of the session again.",
                    id=session.id,
                    stored=session.release,
                    computed=follows,
                )
                yield " ".join([said, *(hold.sentence for hold in holds)])


FOUND, WANTED = "health", "health_wanted"
EVERY = timedelta(days=1)
MOST = 20  # sentences of one check; the others are only counted


@dataclass(frozen=True)
class IntegrityReport:
    """Result of all checks."""

    at: datetime
    thorough: bool
    said: dict[str, list[str]]  # sentences, by the check's name

    @property
    def wrong(self) -> int:
        """Number of errors found by all checks."""
        return sum(len(sentences) for sentences in self.said.values())


def latest(db: Transaction) -> IntegrityReport | None:
    """Return the result of the last checks, or None if no checks have run yet."""
    row = db.get(ServiceSetting, FOUND)
    if row is None:
        return None
    return IntegrityReport(
        datetime.fromisoformat(row.value["at"]), row.value["thorough"], row.value["said"]
    )


def is_wanted(db: Transaction) -> bool:
    """Return whether thorough checks are requested."""
    return db.get(ServiceSetting, WANTED) is not None


def ask(db: Transaction, viewer: Viewer) -> None:
    """Request thorough checks, which read every file. The worker runs them.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    db.merge(ServiceSetting(name=WANTED, value=now().isoformat()))
    db.flush()


def run_if_due(library: Library, more: Mapping[str, Check]) -> bool:
    """Run the checks if the last run is a day old or if requested. Return whether they ran.

    *more* has additional checks by name.
    """
    with library.reading() as db:
        last, thorough = latest(db), is_wanted(db)
    if not thorough and last is not None and now() - last.at < EVERY:
        return False
    run_checks(library, more, thorough=thorough)
    return True


def run_checks(library: Library, more: Mapping[str, Check], *, thorough: bool) -> IntegrityReport:
    """Complete the removal record, run all checks, and store and return their result.

    *more* has additional checks by name.
    """
    removal_record.complete(library, known=True)
    said = {name: list(check(library)) for name, check in _all(more, thorough=thorough)}
    found = IntegrityReport(
        now(), thorough, {name: _shortened(sentences) for name, sentences in said.items()}
    )
    stored: dict[str, Any] = {"at": found.at.isoformat(), "thorough": thorough, "said": found.said}
    with library.transaction() as db:
        db.merge(ServiceSetting(name=FOUND, value=stored))
        if thorough:
            db.execute(delete(ServiceSetting).where(ServiceSetting.name == WANTED))
    return found


def last_backup(db: Transaction) -> AuditEvent | None:
    """Return the audit event of the last backup, or None."""
    query = select(AuditEvent).where(AuditEvent.action == MADE).order_by(AuditEvent.id.desc())
    return db.scalar(query.limit(1))


def _all(more: Mapping[str, Check], *, thorough: bool) -> list[tuple[str, Check]]:
    return [*checks(thorough=thorough).items(), *more.items()]


def _shortened(sentences: list[str]) -> list[str]:
    rest = len(sentences) - MOST
    if rest <= 0:
        return sentences
    return [*sentences[:MOST], gettext("Further problems of this kind: %(count)s.", count=rest)]
