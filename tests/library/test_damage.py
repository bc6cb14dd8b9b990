"""A damaged, missing or foreign database is a sentence, and nothing is made worse by looking."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from library import damage
from library.errors import DamagedError, NotReadyError, StorageFullError, UnusableError
from library.keeping import backup
from library.settings import Settings
from library.store import open_library
from tests.builders import add_session

Harm = Callable[[Path], object]
PAGE = 4096


def overwrite(database: Path, start: float, end: float) -> None:
    """Put garbage in place of some pages, from one part of the file to another."""
    made, body = random.Random(1), bytearray(database.read_bytes())
    for page in range(int(len(body) / PAGE * start), int(len(body) / PAGE * end)):
        body[page * PAGE : (page + 1) * PAGE] = made.randbytes(PAGE)
    database.write_bytes(body)


def run(database: Path, statement: str) -> None:
    """Change a database without the library."""
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
def test_a_damaged_database_is_a_sentence(settings: Settings, blank: Path, harm: Harm):
    """Opening it says what is wrong, what is safe and what to do, and changes no byte of it."""
    database = settings.home / "library.db"
    shutil.copy(blank, database)
    harm(database)
    before = database.read_bytes()

    with pytest.raises(DamagedError, match=r"files/kept are not touched.*restore"):
        open_library(settings)

    assert database.read_bytes() == before


def test_pages_that_were_overwritten_are_found_at_the_start(
    settings: Settings, blank: Path, monkeypatch: pytest.MonkeyPatch
):
    """A database whose first pages are whole is looked at before it is served."""
    stopped = SimpleNamespace(monotonic=lambda: 0.0)  # a busy machine must not end the look
    monkeypatch.setattr(damage, "time", stopped)
    shutil.copy(blank, settings.home)
    overwrite(settings.home / "library.db", 0.5, 0.9)

    with pytest.raises(DamagedError, match="is damaged"):
        open_library(settings).look_for_damage()


def test_a_large_database_is_looked_at_for_a_short_while(library):
    """Where time is over before the end nothing is said: the daily look reads the rest."""
    damage.look_for_damage(library.settings.home / "library.db", seconds=-1.0)


@pytest.mark.parametrize("leave", [None, b""], ids=["gone", "empty"])
def test_no_library_is_begun_beside_the_files_of_one(settings: Settings, library, leave):
    """Where files are kept and the database is gone or empty, it is refused and not made anew."""
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
    """It is said that the program has to be updated, and nothing is changed."""
    database = settings.home / "library.db"
    shutil.copy(blank, database)
    run(database, "UPDATE alembic_version SET version_num = '9999'")
    before = database.read_bytes()

    with pytest.raises(NotReadyError, match="newer version of the program"):
        open_library(settings)

    assert database.read_bytes() == before


def test_a_database_that_is_a_folder_is_a_sentence(settings: Settings):
    """What SQLite cannot open is told as what has to be looked at."""
    (settings.home / "library.db").mkdir()

    with pytest.raises(UnusableError, match="must belong to the account"):
        open_library(settings)


def test_a_home_that_is_a_file_is_a_sentence(tmp_path: Path):
    """A home whose path leads to a file, or through one, is named."""
    (tmp_path / "file").write_text("")

    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UnusableError, match="Name another file or folder"):
            open_library(Settings(home=home))


def test_a_library_that_is_damaged_while_it_is_open_is_a_sentence(library):
    """Reading and writing say it alike."""
    run(library.settings.home / "library.db", "DROP TABLE passage_removal")

    with pytest.raises(DamagedError), library.reading() as db:
        db.connection().exec_driver_sql("SELECT * FROM passage_removal")
    with pytest.raises(DamagedError), library.transaction() as db:
        db.connection().exec_driver_sql("DELETE FROM passage_removal")


def test_no_backup_is_made_of_a_damaged_database(settings: Settings, blank: Path, tmp_path: Path):
    """A backup that cannot be restored does not take the place of one that can."""
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
    """What a person can mend is the library's own error; a bug stays a bug."""
    named = damage.named(error)

    assert (None if named is None else type(named)) is ours


def test_a_program_of_before_an_update_sees_it(library):
    """A worker that runs since before the update is told that the schema is another one."""
    before = library.is_current()
    run(library.settings.home / "library.db", "UPDATE alembic_version SET version_num = '9999'")

    assert (before, library.is_current()) == (True, False)
