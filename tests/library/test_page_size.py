"""Tests of the page size of databases, also from earlier versions."""

import sqlite3
from contextlib import closing
from pathlib import Path

from library.models import Person
from library.page_size import PAGE_SIZE
from library.settings import Settings
from library.store import Library, open_library

EARLIER = 4_096


def page_size(settings: Settings) -> int:
    with closing(sqlite3.connect(settings.home / "library.db")) as db:
        (found,) = db.execute("PRAGMA page_size").fetchone()
    return int(found)


def make_earlier(settings: Settings, name: str) -> Path:
    """Make a library with one person and the small database pages of an earlier version.

    Return the path of the database.
    """
    library = open_library(settings)
    with library.transaction() as db:
        db.add(Person(name=name))
    library.close()
    database = settings.home / "library.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute(f"PRAGMA page_size={EARLIER}")
        db.execute("VACUUM")
        db.execute("PRAGMA journal_mode=WAL")
    return database


def names(library: Library) -> list[str]:
    with library.reading() as db:
        return [person.name for person in db.query(Person)]


def test_a_new_library_has_large_pages(settings, library):
    """A new library has the page size of the current version."""
    library.close()
    assert page_size(settings) == PAGE_SIZE


def test_pages_of_an_earlier_version_are_made_large_when_the_library_is_opened(settings):
    """Opening a library of an earlier version enlarges its database pages.

    The rows stay.
    """
    make_earlier(settings, "Ada Early")
    before = page_size(settings)
    library = open_library(settings)
    found = names(library)
    with library.reading() as db:
        mode = db.connection().exec_driver_sql("PRAGMA journal_mode").scalar()
    library.close()
    assert (before, page_size(settings)) == (EARLIER, PAGE_SIZE)
    assert (found, mode) == (["Ada Early"], "wal")


def test_pages_keep_their_size_while_another_connection_is_open(settings):
    """The page size does not change while another connection is open.

    The next opening of the library changes it.
    """
    database = make_earlier(settings, "Ada Early")
    with closing(sqlite3.connect(database)) as another:
        another.execute("SELECT * FROM person").fetchall()
        library = open_library(settings)
        found = names(library)
        library.close()
    assert (found, page_size(settings)) == (["Ada Early"], EARLIER)
    open_library(settings).close()
    assert page_size(settings) == PAGE_SIZE
