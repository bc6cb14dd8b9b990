"""Failures of the database and the disk, renamed: what is wrong, what is safe, what to do."""

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

LOOK_FOR = 2.0  # seconds that a start looks for damage; the daily look reads everything
STEPS = 10_000  # of SQLite's machine, between two looks at the clock

WHAT_TO_DO = (
    "The recordings and notes in files/kept are not touched by this. Stop the site, keep a copy of "
    "the folder, and make a new one of the newest backup with `living-history restore`; without a "
    "backup, `sqlite3 library.db .recover` saves what can be read. See docs/admin.md."
)
BUSY = "The library is busy with another change. Nothing was lost; try again in a minute."

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
UNUSABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO})
ELSEWHERE = frozenset({errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOENT, errno.ELOOP})


def named(error: BaseException) -> LibraryError | None:
    """The library's own error for one of SQLite, SQLAlchemy or the disk; None: it is a bug."""
    if isinstance(error, DBAPIError):
        error = error.orig or error
    if isinstance(error, sqlite3.Error):
        return _of_database(error)
    if isinstance(error, OSError):
        return _of_disk(error)
    return None


@contextmanager
def named_errors() -> Iterator[None]:
    """Rename what a full, busy or damaged disk does to the database."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        if (ours := named(error)) is not None:
            raise ours from error
        raise


def look_for_damage(database: Path, seconds: float = LOOK_FOR) -> None:
    """Look at a database's pages for a short while.

    Raises:
        DamagedError: some are not what they should be.
    """
    until = time.monotonic() + seconds
    with named_errors(), closing(sqlite3.connect(database, timeout=seconds)) as db:
        db.set_progress_handler(lambda: time.monotonic() > until, STEPS)
        try:
            (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                return  # a large one: the rest is looked at by the worker
            raise
    if said != "ok":
        raise damaged(str(said))


def damaged(said: str) -> DamagedError:
    """The error of a database that SQLite says this of."""
    return DamagedError(f"The library's database is damaged ({_one_line(said)}). {WHAT_TO_DO}")


def missing(database: Path, files: int) -> DamagedError:
    """The error of a database that is gone while its files are there."""
    return DamagedError(
        f"The database {database} is missing or empty, but {files} of the library's files are "
        "there. No new library is begun beside them. Put the database back, or make a new folder "
        "of the newest backup with `living-history restore`. To begin anew, name another folder."
    )


def _of_database(error: sqlite3.Error) -> LibraryError | None:
    said, code = str(error), getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return NotReadyError(BUSY)
    if code == sqlite3.SQLITE_FULL:
        return StorageFullError()
    gone = said.startswith("no such table")  # SQLite has no code of its own for that
    if gone or code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}:
        return damaged(said)
    if code in {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_IOERR,
    }:
        return UnusableError(
            f"The library's database cannot be opened or written ({_one_line(said)}). Nothing was "
            "lost. Its folder and files must belong to the account that runs the library, on a "
            "disk that can be written and has room."
        )
    return None


def _of_disk(error: OSError) -> LibraryError | None:
    if error.errno in FULL:
        return StorageFullError()
    where, why = error.filename or "The library's folder", error.strerror
    if error.errno in UNUSABLE:
        return UnusableError(
            f"{where} cannot be used ({why}). Nothing was lost. The library's folder and files "
            "must belong to the account that runs the library, on a disk that can be written."
        )
    if error.errno in ELSEWHERE and error.filename:
        return UnusableError(f"{where} cannot be used ({why}). Name another file or folder.")
    return None


def _one_line(said: str) -> str:
    return " ".join(said.split()).rstrip(".")
