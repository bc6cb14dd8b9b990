"""The library opens, migrates, commits and rolls back; what stops a write is said as a sentence."""

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from library.access import Viewer
from library.errors import NotFoundError, NotReadyError, StorageFullError
from library.holdings import sessions
from library.models import Base, Role
from library.schema import newest_schema, schemas
from library.settings import Settings
from library.store import Transaction, open_library, unchanged
from tests.builders import add_session

ADMIN = Viewer(role=Role.ADMIN)


def test_the_migrations_make_exactly_the_models_schema(tmp_path):
    """Between a migrated empty database and the models there is no difference left."""
    new = open_library(Settings(home=tmp_path))

    with new.reading() as db:
        context = MigrationContext.configure(db.connection(), opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    new.close()

    assert differences == []


def test_the_newest_migration_is_known_by_its_files_name():
    """A library of today opens without Alembic, which would say the same."""
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
    """The web process and the worker start together on an empty folder; both succeed."""
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
    """A transaction that fails in its middle leaves nothing behind."""
    add_session(library, title="Before")

    def half_done() -> None:
        with library.transaction() as db:
            sessions.add(db, sessions.Description(title="Never"), owner_id=None)
            sessions.get(db, 99)

    with pytest.raises(NotFoundError):
        half_done()

    with library.reading() as db:
        assert sessions.count_visible(db, ADMIN) == 1


def test_a_full_disk_stops_a_transaction_with_a_sentence(library):
    """When the database cannot grow, the change is refused as a whole and the library goes on."""
    with library.transaction() as db:
        pages = db.scalar(text("PRAGMA page_count"))
        db.execute(text(f"PRAGMA max_page_count = {pages + 2}"))

    with pytest.raises(StorageFullError, match="Nothing was lost"), library.transaction() as db:
        sessions.add(db, sessions.Description(title="Long", description="x" * 10**6), owner_id=None)

    with library.reading() as db:
        assert sessions.count_visible(db, ADMIN) == 0


def test_a_writer_that_never_ends_is_a_sentence(settings, library):
    """A change that cannot get the lock in time says that nothing was lost."""
    other = open_library(settings)
    with other.reading() as db:
        db.execute(text("PRAGMA busy_timeout = 0"))

    with library.transaction() as busy:
        sessions.add(busy, sessions.Description(title="Slow"), owner_id=None)
        with pytest.raises(NotReadyError, match="try again"), other.transaction() as db:
            sessions.add(db, sessions.Description(title="Too late"), owner_id=None)
    other.close()

    with library.reading() as db:
        assert [s.title for s in sessions.visible(db, ADMIN)] == ["Slow"]


def test_the_home_folder_is_made(tmp_path):
    """A library opens in a folder that is not there yet."""
    opened = open_library(Settings(home=tmp_path / "a" / "b"))
    opened.close()

    assert (tmp_path / "a" / "b" / "library.db").is_file()


def test_what_was_found_is_remembered_until_somebody_writes(settings, library):
    """Another connection's change, or one's own, is seen by the next view; nothing else asks."""
    asked: list[int] = []

    def count() -> int:
        with library.reading() as db:
            return unchanged(db, "sessions", lambda: asked.append(1) or len(_titles(db)))

    before = [count(), count()]
    other = open_library(settings)
    add_session(other, title="By another")
    other.close()
    after_another = [count(), count()]
    add_session(library, title="By ourselves")
    after_ourselves = [count(), count()]

    assert (before, after_another, after_ourselves) == ([0, 0], [1, 1], [2, 2])
    assert len(asked) == 3


def test_what_is_being_written_is_not_remembered(library):
    """What is rolled back again must not be found by who reads next."""

    def write() -> None:
        with library.transaction() as db:
            sessions.add(db, sessions.Description(title="Never"), owner_id=None)
            db.flush()
            unchanged(db, "sessions", lambda: len(_titles(db)))
            raise NotFoundError("Gone.")

    with pytest.raises(NotFoundError):
        write()

    with library.reading() as db:
        assert unchanged(db, "sessions", lambda: len(_titles(db))) == 0


def _titles(db: Transaction) -> list[str]:
    return [session.title for session in sessions.visible(db, ADMIN)]


def test_what_may_be_left_out_does_not_wait_for_a_writer(library):
    """While another transaction writes, it is left out at once; afterwards it is written."""
    session_id = add_session(library, title="Before").session_id

    def rename(db: Transaction) -> None:
        sessions.get(db, session_id).title = "After"

    with library.transaction() as writing:
        sessions.get(writing, session_id).description = "Being written"
        refused = library.write_if_free(rename)
    taken = library.write_if_free(rename)

    with library.reading() as db:
        found = sessions.get(db, session_id)
    assert (refused, taken) == (False, True)
    assert (found.title, found.description) == ("After", "Being written")
