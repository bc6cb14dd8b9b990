"""Conversion of database and disk failures to errors that say what happened and what to do."""

import errno
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from library.errors import (
    DamagedError,
    LibraryError,
    NotReadyError,
    StorageFullError,
    UnusableError,
)
from library.translation import gettext, mark

LOOK_FOR = 2.0  # seconds for the check at a start; the daily check has no limit
STEPS = 10_000  # SQLite virtual machine instructions between two checks of the time

BUSY = mark("The library is busy with another change. Nothing was lost; try again in a minute.")

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
UNUSABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO})
ELSEWHERE = frozenset({errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOENT, errno.ELOOP})


def to_library_error(error: BaseException) -> LibraryError | None:
    """Convert an error of SQLite, SQLAlchemy or the disk; return None for any other error."""
    if isinstance(error, DBAPIError):
        error = error.orig or error
    if isinstance(error, sqlite3.Error):
        return _of_database(error)
    if isinstance(error, OSError):
        return _of_disk(error)
    return None


@contextmanager
def named_errors() -> Iterator[None]:
    """Convert database errors inside the context to errors of the library.

    Examples are a full disk, a busy database and a damaged database.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        if (ours := to_library_error(error)) is not None:
            raise ours from error
        raise


def look_for_damage(database: Path, seconds: float = LOOK_FOR) -> None:
    """Check the pages of a database for at most *seconds*.

    Raises:
        DamagedError: the check found damage.
    """
    until = time.monotonic() + seconds
    with named_errors(), closing(sqlite3.connect(database, timeout=seconds)) as db:
        db.set_progress_handler(lambda: time.monotonic() > until, STEPS)
        try:
            (result,) = db.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                return  # a large database: the worker checks the rest
            raise
    if result != "ok":
        raise damaged(str(result))


def damaged(said: str) -> DamagedError:
    """Return the error for a damaged database. *said* is SQLite's message."""
    return DamagedError(
        "The library's database is damaged (%(reason)s). The recordings and notes in "
        "files/kept are not affected. Stop the site, and keep a copy of the folder. Restore "
        "the newest backup into a new folder with `living-history restore`. Without a backup, "
        "`sqlite3 library.db .recover` saves the readable data. See docs/admin.md.",
        reason=_one_line(said),
    )


def missing(database: Path, files: int) -> DamagedError:
    """Return the error for a missing database. *files* is the number of stored files."""
    return DamagedError(
        "The database %(database)s is missing or empty, but %(files)s of the library's files "
        "are there. No new library was created in this folder. Put the database back, or "
        "restore the newest backup into a new folder with `living-history restore`. For a new "
        "library, choose another folder.",
        database=database,
        files=files,
    )


def _of_database(error: sqlite3.Error) -> LibraryError | None:
    message, code = str(error), getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return NotReadyError(BUSY)
    if code == sqlite3.SQLITE_FULL:
        return StorageFullError()
    no_table = message.startswith("no such table")  # SQLite has no error code for this
    if no_table or code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}:
        return damaged(message)
    if code in {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_IOERR,
    }:
        return UnusableError(
            "The library's database cannot be opened or written (%(reason)s). Nothing was "
            "lost. The folder and its files must belong to the account that runs the library. "
            "The disk must be writable and have free space.",
            reason=_one_line(message),
        )
    return None


def _of_disk(error: OSError) -> LibraryError | None:
    if error.errno in FULL:
        return StorageFullError()
    where, why = error.filename or gettext("The library's folder"), error.strerror
    if error.errno in UNUSABLE:
        return UnusableError(
            "%(where)s cannot be used (%(why)s). Nothing was lost. The library's folder and "
            "files must belong to the account that runs the library. The disk must be writable.",
            where=where,
            why=why,
        )
    if error.errno in ELSEWHERE and error.filename:
        return UnusableError(
            "%(where)s cannot be used (%(why)s). Name another file or folder.",
            where=where,
            why=why,
        )
    return None


def _one_line(message: str) -> str:
    return " ".join(message.split()).rstrip(".")
