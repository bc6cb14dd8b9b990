"""Tests of the store: opening, migrations, transactions and errors.

Covers: schema.
"""

import subprocess
import sys

import pytest
from sqlalchemy import text

from library.access import Viewer
from library.errors import NotFoundError, NotReadyError, StorageFullError
from library.models import Role
from library.schema import newest_schema, schemas
from library.sessions import sessions
from library.sessions.description import Description
from library.settings import Settings
from library.store import Transaction, open_library, unchanged
from tests.builders import add_session

ADMIN = Viewer(role=Role.ADMIN)


def test_the_newest_migration_is_known_by_its_files_name():
    """The newest revision by the migrations' file names equals the newest one of Alembic."""
    assert newest_schema() == schemas()[0]


def test_a_library_opens_again_as_it_was(settings, library):
    """Opening a library a second time changes nothing in it."""
    add_session(library, title="Kept")

    again = open_library(settings)
    with again.reading() as db:
        titles = [session.title for session in sessions.visible(db, ADMIN)]
    again.close()

    assert titles == ["Kept"]


def test_two_processes_may_open_a_new_library_at_once(tmp_path):
    """Several processes can open a new library at the same time."""
    script = (
        "import sys; from pathlib import Path; from library.settings import Settings; "
        "from library.store import open_library; print('ready', flush=True); input(); "
        f"open_library(Settings(home=Path({str(tmp_path / 'new')!r}))).close()"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()

    ended = [process.communicate("\n", timeout=300) for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0], ended


def test_an_error_rolls_everything_back(library):
    """A transaction in which an error is raised leaves no rows."""
    add_session(library, title="Before")

    def half_done() -> None:
        with library.transaction() as db:
            sessions.add(db, Description(title="Never"), owner_id=None)
            sessions.get(db, 99)

    with pytest.raises(NotFoundError):
        half_done()

    with library.reading() as db:
        assert sessions.count_visible(db, ADMIN) == 1


def _add_long_sessions(db):
    for _ in range(100):
        sessions.add(db, Description(title="Long", description="x" * 20_000), owner_id=None)


def test_a_full_disk_refuses_a_transaction(library):
    """On a full disk, a transaction is refused as a whole. The library can still be read."""
    with library.transaction() as db:
        pages = db.scalar(text("PRAGMA page_count"))
        db.execute(text(f"PRAGMA max_page_count = {pages + 2}"))

    with pytest.raises(StorageFullError, match="Nothing was lost"), library.transaction() as db:
        _add_long_sessions(db)

    with library.reading() as db:
        assert sessions.count_visible(db, ADMIN) == 0


def test_a_lock_that_is_not_released_raises_an_error(settings, library):
    """A transaction that waits too long for the write lock raises `NotReadyError`."""
    other = open_library(settings)
    with other.reading() as db:
        db.execute(text("PRAGMA busy_timeout = 0"))

    with library.transaction() as busy:
        sessions.add(busy, Description(title="Slow"), owner_id=None)
        with pytest.raises(NotReadyError, match="try again"), other.transaction() as db:
            sessions.add(db, Description(title="Too late"), owner_id=None)
    other.close()

    with library.reading() as db:
        assert [s.title for s in sessions.visible(db, ADMIN)] == ["Slow"]


def test_the_home_folder_is_made(tmp_path):
    """Opening a library makes its home folder."""
    opened = open_library(Settings(home=tmp_path / "a" / "b"))
    opened.close()

    assert (tmp_path / "a" / "b" / "library.db").is_file()


def test_a_result_is_cached_until_the_next_write(settings, library):
    """A cached result is computed again only after a write, by any connection."""
    computations: list[int] = []

    def count() -> int:
        with library.reading() as db:
            return unchanged(db, "sessions", lambda: computations.append(1) or len(_titles(db)))

    before = [count(), count()]
    other = open_library(settings)
    add_session(other, title="By another")
    other.close()
    after_another = [count(), count()]
    add_session(library, title="By ourselves")
    after_ourselves = [count(), count()]

    assert (before, after_another, after_ourselves) == ([0, 0], [1, 1], [2, 2])
    assert len(computations) == 3


def test_an_uncommitted_result_is_not_cached(library):
    """A result that is computed in an uncommitted transaction is not cached."""

    def write() -> None:
        with library.transaction() as db:
            sessions.add(db, Description(title="Never"), owner_id=None)
            db.flush()
            unchanged(db, "sessions", lambda: len(_titles(db)))
            raise NotFoundError("Gone.")

    with pytest.raises(NotFoundError):
        write()

    with library.reading() as db:
        assert unchanged(db, "sessions", lambda: len(_titles(db))) == 0


def _titles(db: Transaction) -> list[str]:
    return [session.title for session in sessions.visible(db, ADMIN)]


def test_an_optional_write_does_not_wait_for_a_writer(library):
    """An optional write is skipped while another transaction writes.

    It is done when no other transaction writes.
    """
    session_id = add_session(library, title="Before").session_id

    def rename(db: Transaction) -> None:
        sessions.get(db, session_id).title = "After"

    with library.transaction() as writing:
        sessions.get(writing, session_id).description = "Being written"
        refused = library.write_if_free(rename)
    written = library.write_if_free(rename)

    with library.reading() as db:
        found = sessions.get(db, session_id)
    assert (refused, written) == (False, True)
    assert (found.title, found.description) == ("After", "Being written")
