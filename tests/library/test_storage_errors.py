"""Tests of storage errors: a damaged or missing database, or another file, gives a clear error."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from library import storage_errors
from library.errors import DamagedError, NotReadyError, StorageFullError, UnusableError
from library.preservation import backup
from library.settings import Settings
from library.store import open_library
from tests.builders import add_session

Harm = Callable[[Path], object]
PAGE = 4096


def overwrite(database: Path, start: float, end: float) -> None:
    """Overwrite a range of pages with random bytes.

    *start* and *end* are fractions of the length of the file.
    """
    made, body = random.Random(1), bytearray(database.read_bytes())
    for page in range(int(len(body) / PAGE * start), int(len(body) / PAGE * end)):
        body[page * PAGE : (page + 1) * PAGE] = made.randbytes(PAGE)
    database.write_bytes(body)


def run(database: Path, statement: str) -> None:
    """Run an SQL statement on a database file without opening the library."""
    with closing(sqlite3.connect(database)) as db:
        db.execute(statement)
        db.commit()


HARMS: dict[str, Harm] = {
    "cut off": lambda db: os.truncate(db, db.stat().st_size // (2 * PAGE) * PAGE),
    "garbage": lambda db: overwrite(db, 0, 1),
    "another file": lambda db: db.write_text("These are minutes of a meeting, no database. " * 99),
    "without a version": lambda db: run(db, "DROP TABLE alembic_version"),
    "with an empty version": lambda db: run(db, "DELETE FROM alembic_version"),
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS.keys())
def test_a_damaged_database_is_refused(settings: Settings, blank: Path, harm: Harm):
    """Opening a damaged database raises `DamagedError`. No byte of the file is changed."""
    database = settings.home / "library.db"
    shutil.copy(blank, database)
    harm(database)
    before = database.read_bytes()

    with pytest.raises(DamagedError, match=r"files/kept are not affected.*restore"):
        open_library(settings)

    assert database.read_bytes() == before


def test_pages_that_were_overwritten_are_found_at_the_start(
    settings: Settings, blank: Path, monkeypatch: pytest.MonkeyPatch
):
    """The check at the start also finds damage after the first pages of a database."""
    stopped = SimpleNamespace(monotonic=lambda: 0.0)  # no time limit: the machine may be busy
    monkeypatch.setattr(storage_errors, "time", stopped)
    shutil.copy(blank, settings.home)
    overwrite(settings.home / "library.db", 0.5, 0.9)

    with pytest.raises(DamagedError, match="is damaged"):
        open_library(settings).look_for_damage()


def test_the_check_of_a_large_database_is_limited_in_time(library):
    """The check at the start stops at its time limit and then raises no error."""
    storage_errors.look_for_damage(library.settings.home / "library.db", seconds=-1.0)


@pytest.mark.parametrize("leave", [None, b""], ids=["gone", "empty"])
def test_no_library_is_made_beside_files_of_another(settings: Settings, library, leave):
    """A missing or empty database is refused if the home folder has files of a library.

    No new database is made.
    """
    add_session(library, title="Kept")
    library.close()
    for path in settings.home.glob("library.db*"):
        path.unlink()
    database = settings.home / "library.db"
    if leave is not None:
        database.write_bytes(leave)

    with pytest.raises(DamagedError, match="1 of the library's files are there"):
        open_library(settings)

    assert (database.read_bytes() if database.exists() else None) == leave


def test_a_database_of_a_newer_program_is_left_alone(settings: Settings, blank: Path):
    """A database of a newer program version is refused and not changed."""
    database = settings.home / "library.db"
    shutil.copy(blank, database)
    run(database, "UPDATE alembic_version SET version_num = '9999'")
    before = database.read_bytes()

    with pytest.raises(NotReadyError, match="newer version of the program"):
        open_library(settings)

    assert database.read_bytes() == before


def test_a_database_that_is_a_folder_is_refused(settings: Settings):
    """A folder in the place of the database raises `UnusableError`."""
    (settings.home / "library.db").mkdir()

    with pytest.raises(UnusableError, match="must belong to the account"):
        open_library(settings)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path):
    """A home folder that is a file, or whose path contains a file, raises `UnusableError`."""
    (tmp_path / "file").write_text("")

    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UnusableError, match="Name another file or folder"):
            open_library(Settings(home=home))


def test_a_library_damaged_while_open_raises_an_error(library):
    """If a database is damaged while it is open, reading and writing raise `DamagedError`."""
    run(library.settings.home / "library.db", "DROP TABLE passage_removal")

    with pytest.raises(DamagedError), library.reading() as db:
        db.connection().exec_driver_sql("SELECT * FROM passage_removal")
    with pytest.raises(DamagedError), library.transaction() as db:
        db.connection().exec_driver_sql("DELETE FROM passage_removal")


def test_no_backup_is_made_of_a_damaged_database(settings: Settings, blank: Path, tmp_path: Path):
    """A backup of a damaged database is refused. No backup file is left."""
    shutil.copy(blank, settings.home)
    library = open_library(settings)
    library.close()
    overwrite(settings.home / "library.db", 0.5, 0.9)

    with pytest.raises(DamagedError):
        backup.back_up(library, tmp_path / "backup.zip")

    library.close()
    assert not (tmp_path / "backup.zip").exists()


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (PermissionError(13, "Permission denied", "/home/x"), UnusableError),
        (OSError(30, "Read-only file system", "/home/x"), UnusableError),
        (OSError(28, "No space left on device"), StorageFullError),
        (ValueError("a bug"), None),
    ],
)
def test_failures_of_the_disk_have_names(error, ours):
    """Known errors of the disk are converted to errors of the library.

    Other errors are not converted.
    """
    named = storage_errors.to_library_error(error)

    assert (None if named is None else type(named)) is ours


def test_a_program_from_before_an_update_detects_it(library):
    """A running program detects that an update has changed the schema of its database."""
    before = library.is_current()
    run(library.settings.home / "library.db", "UPDATE alembic_version SET version_num = '9999'")

    assert (before, library.is_current()) == (True, False)
