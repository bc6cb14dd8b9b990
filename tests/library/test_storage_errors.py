"""Tests of storage errors: damaged, missing and foreign databases give clear errors."""

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
    """Overwrite a range of pages, given as fractions of the file, with random bytes."""
    made, body = random.Random(1), bytearray(database.read_bytes())
    for page in range(int(len(body) / PAGE * start), int(len(body) / PAGE * end)):
        body[page * PAGE : (page + 1) * PAGE] = made.randbytes(PAGE)
    database.write_bytes(body)


def run(database: Path, statement: str) -> None:
    """Run a statement on a database without the library."""
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
    """Opening a damaged database raises `DamagedError` and changes no byte of it."""
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
    """The check at the start finds damage after the first pages of a database."""
    stopped = SimpleNamespace(monotonic=lambda: 0.0)  # no time limit on a busy machine
    monkeypatch.setattr(storage_errors, "time", stopped)
    shutil.copy(blank, settings.home)
    overwrite(settings.home / "library.db", 0.5, 0.9)

    with pytest.raises(DamagedError, match="is damaged"):
        open_library(settings).look_for_damage()


def test_the_check_of_a_large_database_is_limited_in_time(library):
    """The check at the start reports nothing if its time ends first."""
    storage_errors.look_for_damage(library.settings.home / "library.db", seconds=-1.0)


@pytest.mark.parametrize("leave", [None, b""], ids=["gone", "empty"])
def test_no_library_is_made_beside_files_of_another(settings: Settings, library, leave):
    """A missing or empty database is refused, and not made, while the library has files."""
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
    """A database of a newer program is refused and not changed."""
    database = settings.home / "library.db"
    shutil.copy(blank, database)
    run(database, "UPDATE alembic_version SET version_num = '9999'")
    before = database.read_bytes()

    with pytest.raises(NotReadyError, match="newer version of the program"):
        open_library(settings)

    assert database.read_bytes() == before


def test_a_database_that_is_a_folder_is_refused(settings: Settings):
    """A folder in place of the database raises `UnusableError`."""
    (settings.home / "library.db").mkdir()

    with pytest.raises(UnusableError, match="must belong to the account"):
        open_library(settings)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path):
    """A home path that is a file, or leads through one, raises `UnusableError`."""
    (tmp_path / "file").write_text("")

    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UnusableError, match="Name another file or folder"):
            open_library(Settings(home=home))


def test_a_library_damaged_while_open_raises_an_error(library):
    """Reading and writing a database that was damaged while open raise `DamagedError`."""
    run(library.settings.home / "library.db", "DROP TABLE passage_removal")

    with pytest.raises(DamagedError), library.reading() as db:
        db.connection().exec_driver_sql("SELECT * FROM passage_removal")
    with pytest.raises(DamagedError), library.transaction() as db:
        db.connection().exec_driver_sql("DELETE FROM passage_removal")


def test_no_backup_is_made_of_a_damaged_database(settings: Settings, blank: Path, tmp_path: Path):
    """A backup of a damaged database is refused and leaves no file."""
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
    """Known disk errors become errors of the library, and other errors stay."""
    named = storage_errors.to_library_error(error)

    assert (None if named is None else type(named)) is ours


def test_a_program_from_before_an_update_detects_it(library):
    """A running program detects that an update changed the schema of the database."""
    before = library.is_current()
    run(library.settings.home / "library.db", "UPDATE alembic_version SET version_num = '9999'")

    assert (before, library.is_current()) == (True, False)
