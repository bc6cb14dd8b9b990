"""Compaction of the database after removals, so that its files contain no deleted data.

SQLite overwrites deleted rows (`secure_delete`). Copies of rows remain where pages were split or
joined, and in the write-ahead log. `VACUUM` and a truncating checkpoint remove both. `VACUUM`
blocks writers. So several removals share one `VACUUM`, and a large library waits for a minute
without writes. Pending work is stored in rows: if a worker is killed, the next worker continues.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update

from library import working_folders
from library.errors import LibraryError
from library.models import Erasure, ErasureKind, Person, Removal, now
from library.notifications import email
from library.notifications.email import OutgoingEmail
from library.sessions import erasure
from library.store import Library, Transaction
from library.translation import gettext

log = logging.getLogger(__name__)

TOGETHER = timedelta(seconds=2)  # wait after the last removal before the rewrite begins
SHORT = 64 * 1024 * 1024  # bytes of a database that are rewritten in less than a second
QUIET_LARGE = 60.0  # seconds without a write that a large library waits for
WAIT = timedelta(seconds=60)  # longest wait of a library of usual size
WAIT_LARGE = timedelta(hours=23)
REST = 30.0  # seconds between a failed attempt and the next attempt


class Compactor:
    """Scheduler in the worker that finishes removals and compacts the database."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._rest_until = float("-inf")

    def step(self) -> None:
        """Erase planned files, and rewrite the database if a rewrite is due. Call this often.

        Raises:
            LibraryError: the disk is full or the database is busy. A later call tries again.
        """
        erasure.finish(self._library)
        if time.monotonic() < self._rest_until or not _is_due(self._library):
            return
        self._rest_until = time.monotonic() + REST
        if _rewrite(self._library):
            self._rest_until = float("-inf")


def run(library: Library) -> bool:
    """Finish all removals now. Return whether all are finished.

    These can remain: files held by a running backup, sound that the worker must still trim, and a
    write-ahead log that a reader still uses.

    Raises:
        StorageFullError: the disk has no free space to rewrite the database.
        NotReadyError: other processes write to the database all the time.
    """
    erasure.finish(library)
    is_rewritten = _rewrite(library)
    with library.reading() as db:
        return is_rewritten and db.scalar(select(Erasure.id).limit(1)) is None


def _rewrite(library: Library) -> bool:
    """Rewrite the database and empty its log if planned. Return False if the log is in use."""
    library.files.clear_abandoned()
    working_folders.clear(library.settings.home, working_folders.IMPORT)
    with library.reading() as db:
        freed = _planned(db, ErasureKind.FREED_PAGES)
    if freed:
        library.rewrite()
        with library.transaction(on_full_disk=True) as db:
            db.execute(update(Erasure).where(Erasure.id.in_(freed)).values(what=ErasureKind.LOG))
    with library.reading() as db:
        logged = _planned(db, ErasureKind.LOG)
    if logged and not library.empty_log():
        return False
    _tell_senders(library)
    with library.transaction(on_full_disk=True) as db:
        db.execute(delete(Erasure).where(Erasure.id.in_(logged)))
        erasure.complete(db)
    return True


def finish_now(library: Library) -> bool:
    """Finish pending removals from the command line. Return whether all are done.

    A large library is left to the worker, which waits for a minute without writes.
    """
    with library.reading() as db:
        removals = erasure.open_removals(db)
    if removals and all(_is_large(removal) for removal in removals):
        return False
    try:
        return run(library)
    except LibraryError as error:
        log.warning("the database cannot be rewritten now: %s", error)
        return False


def overdue(library: Library) -> Iterator[str]:
    """Yield one sentence for each unfinished removal whose deadline has passed."""
    with library.reading() as db:
        late = [removal for removal in erasure.open_removals(db) if removal.due_at < now()]
    for removal in late:
        yield gettext(
            "Data of removal %(id)s, of %(removed)s UTC, should have been erased from the disk by "
            "%(due)s UTC. Start the worker, and make sure that a second copy of the database fits "
            "on the disk.",
            removed=f"{removal.removed_at:%Y-%m-%d %H:%M}",
            id=removal.id,
            due=f"{removal.due_at:%Y-%m-%d %H:%M}",
        )


def _is_due(library: Library) -> bool:
    """Return whether a rewrite is planned, and writes have paused or it has waited too long."""
    with library.reading() as db:
        planned = set(db.scalars(select(Erasure.what).where(Erasure.what.in_(erasure.OF_DATABASE))))
        freed = select(Erasure.removal_id).where(Erasure.what == ErasureKind.FREED_PAGES)
        removals = [one for one in erasure.open_removals(db) if one.id in set(db.scalars(freed))]
    if not removals:  # a rewrite planned by a failed attempt or by an earlier version
        return bool(planned)
    large = all(_is_large(removal) for removal in removals)
    if now() - removals[0].removed_at > (WAIT_LARGE if large else WAIT):
        return True
    if now() - removals[-1].removed_at < TOGETHER:
        return False
    # A longer rewrite blocks writers for longer, so it waits for a longer pause.
    quiet = QUIET_LARGE if large else min(library.size() // SHORT, QUIET_LARGE)
    return library.seconds_unwritten() >= quiet


def _is_large(removal: Removal) -> bool:
    return removal.due_at - removal.removed_at > erasure.SOON


def _planned(db: Transaction, what: ErasureKind) -> Sequence[int]:
    return db.scalars(select(Erasure.id).where(Erasure.what == what)).all()


def _tell_senders(library: Library) -> None:
    """Send an e-mail to people whose waiting uploads were deleted because a file was removed."""
    query = (
        select(Erasure.id, Erasure.removal_id, Person.email)
        .outerjoin(Person, Person.id == Erasure.name)
        .where(Erasure.what == ErasureKind.NOTICE)
    )
    with library.reading() as db:
        notices = db.execute(query).all()
    for notice in notices:
        if notice.email is not None:
            _tell(library, notice.email, f"removal-{notice.removal_id}-{notice.id}")
    if notices:
        with library.transaction(on_full_disk=True) as db:
            db.execute(delete(Erasure).where(Erasure.id.in_([notice.id for notice in notices])))


def _tell(library: Library, address: str, key: str) -> None:
    """Send the notice about a deleted upload, without the file name, which can quote a session.

    *key* becomes the Message-ID, so that a repeated e-mail is recognised.
    """
    site = library.settings.site_name
    message = OutgoingEmail(
        to=address,
        subject=gettext("An upload of yours was removed from %(site)s", site=site),
        text=gettext(
            "A file that you had uploaded, and that was not part of a session yet, was removed. "
            "Its content is equal to a file that was removed for good. All copies of a "
            "removed file are removed, too.\n\n"
            "If the file is yours to share, you can upload it again: %(link)s\n",
            link=f"{email.address_of_site(library.settings)}/add",
        ),
        key=key,
    )
    try:
        email.send(library.settings, message)
    except LibraryError as error:
        log.warning("the notice of a removed upload could not be sent: %s", error)
