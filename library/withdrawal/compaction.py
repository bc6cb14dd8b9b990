"""Rewriting the database after removals, so that its files hold nothing of what was deleted.

SQLite overwrites what it deletes (`secure_delete`), but copies of rows stay behind where pages
were split or joined, and in the write-ahead log. `VACUUM` and a truncating checkpoint remove both.
Nobody can write during `VACUUM`, so several removals share one, and a large library waits for a
quiet minute. What is to be done stands in rows: a worker that is killed leaves it to the next.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update

from library import mail, making
from library.errors import LibraryError
from library.holdings import erasure
from library.mail import Letter
from library.models import Erasure, Person, Remains, Removal, now
from library.store import Library, Transaction

log = logging.getLogger(__name__)

TOGETHER = timedelta(seconds=2)  # without a further removal, before the rewriting begins
SHORT = 64 * 1024 * 1024  # bytes of a database that are rewritten in less than a second
QUIET_LARGE = 60.0  # seconds without a write that a large library waits for
WAIT = timedelta(seconds=60)  # the longest a usual library waits for such moments
WAIT_LARGE = timedelta(hours=23)
REST = 30.0  # seconds before another try, after one that failed


class Compactor:
    """Does in the worker what removals leave to be done, when the time for it has come."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._rest_until = float("-inf")

    def step(self) -> None:
        """Remove files at once, and rewrite the database if that is due; to be called often.

        Raises:
            LibraryError: the disk has no room, or the database is busy; it is tried again.
        """
        erasure.finish(self._library)
        if time.monotonic() < self._rest_until or not _is_due(self._library):
            return
        self._rest_until = time.monotonic() + REST
        if _rewrite(self._library):
            self._rest_until = float("-inf")


def run(library: Library) -> bool:
    """Finish every removal now; whether nothing is left to do.

    Not done are files that a running backup holds, sound that the worker has yet to trim, and a
    log that somebody still reads from.

    Raises:
        StorageFullError: the disk has no room to rewrite the database.
        NotReadyError: others write to the database all the time.
    """
    erasure.finish(library)
    is_rewritten = _rewrite(library)
    with library.reading() as db:
        return is_rewritten and db.scalar(select(Erasure.id).limit(1)) is None


def _rewrite(library: Library) -> bool:
    """Rewrite the database and empty its log, where that is planned; whether it is done."""
    library.files.clear_abandoned()
    making.clear(library.settings.home, making.IMPORT)
    with library.reading() as db:
        freed = _planned(db, Remains.FREED_PAGES)
    if freed:
        library.rewrite()
        with library.transaction(on_full_disk=True) as db:
            db.execute(update(Erasure).where(Erasure.id.in_(freed)).values(what=Remains.LOG))
    with library.reading() as db:
        logged = _planned(db, Remains.LOG)
    if logged and not library.empty_log():
        return False
    _tell_senders(library)
    with library.transaction(on_full_disk=True) as db:
        db.execute(delete(Erasure).where(Erasure.id.in_(logged)))
        erasure.complete(db)
    return True


def finish_now(library: Library) -> bool:
    """Finish what is planned in a usual library, from the command line; whether all of it is done.

    A large library is left to the worker, which waits for a quiet minute.
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
    """Say which removals should be gone from the disk by now and are not, a sentence each."""
    with library.reading() as db:
        late = [removal for removal in erasure.open_removals(db) if removal.due_at < now()]
    for removal in late:
        yield (
            f"What was removed at {removal.removed_at:%Y-%m-%d %H:%M} UTC (removal {removal.id}) "
            f"should have been gone from the disk by {removal.due_at:%Y-%m-%d %H:%M} UTC. Start "
            "the worker, and see that the disk has room for a second copy of the database."
        )


def _is_due(library: Library) -> bool:
    """Whether something is planned and this is a good moment for it, or the last one."""
    with library.reading() as db:
        planned = set(db.scalars(select(Erasure.what).where(Erasure.what.in_(erasure.OF_DATABASE))))
        freed = select(Erasure.removal_id).where(Erasure.what == Remains.FREED_PAGES)
        removals = [one for one in erasure.open_removals(db) if one.id in set(db.scalars(freed))]
    if not removals:  # what is left of an earlier try, or was planned by an earlier version
        return bool(planned)
    large = all(_is_large(removal) for removal in removals)
    if now() - removals[0].removed_at > (WAIT_LARGE if large else WAIT):
        return True
    if now() - removals[-1].removed_at < TOGETHER:
        return False
    # The longer others could not write, the longer a pause has to be.
    quiet = QUIET_LARGE if large else min(library.size() // SHORT, QUIET_LARGE)
    return library.seconds_unwritten() >= quiet


def _is_large(removal: Removal) -> bool:
    return removal.due_at - removal.removed_at > erasure.SOON


def _planned(db: Transaction, what: Remains) -> Sequence[int]:
    return db.scalars(select(Erasure.id).where(Erasure.what == what)).all()


def _tell_senders(library: Library) -> None:
    """Write to those whose waiting uploads went because somebody took the same bytes back."""
    told = (
        select(Erasure.id, Erasure.removal_id, Person.email)
        .outerjoin(Person, Person.id == Erasure.name)
        .where(Erasure.what == Remains.NOTICE)
    )
    with library.reading() as db:
        notices = db.execute(told).all()
    for notice in notices:
        if notice.email is not None:
            _tell(library, notice.email, f"removal-{notice.removal_id}-{notice.id}")
    if notices:
        with library.transaction(on_full_disk=True) as db:
            db.execute(delete(Erasure).where(Erasure.id.in_([notice.id for notice in notices])))


def _tell(library: Library, address: str, key: str) -> None:
    """Send one such letter. It names no file: a file's name can be words of what was removed."""
    site = library.settings.site_name
    letter = Letter(
        to=address,
        subject=f"An upload of yours was removed from {site}",
        text=(
            "A file that you had uploaded, and that was not part of a session yet, was removed. "
            "It was the same file as one that its owner took back for good, and everything with "
            "the same content goes with it.\n\n"
            "If the file is yours to share, you can upload it again: "
            f"{mail.address_of_site(library.settings)}/add\n"
        ),
        key=key,
    )
    try:
        mail.send(library.settings, letter)
    except LibraryError as error:
        log.warning("nobody could be told of a removed upload: %s", error)
