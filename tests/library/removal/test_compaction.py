"""Tests of compaction: after a removal, the database is rewritten without the deleted text."""

import os
import random
import re
import signal
import time
from datetime import timedelta
from itertools import count
from multiprocessing import get_context

import pytest
from sqlalchemy import select, text, update

from library.models import Erasure, Removal, now
from library.removal import compaction, take_back
from library.removal.compaction import Compactor
from library.sessions import erasure
from library.settings import Settings
from library.store import open_library
from tests.builders import add_session
from tests.remains import left_in, read, remains_of

SECRET = "zanzibarflamingo"
LONG_AGO = 1_000_000_000  # seconds since 1970


@pytest.fixture
def talk(library, mentor):
    """Session that contains a secret."""
    library.forget_passages = list
    lines = [("Ada", f"Our password was {SECRET} until Easter.")]
    return add_session(library, owner=mentor, lines=lines, content=SECRET.encode())


@pytest.fixture
def taken_back(library, mentor, talk):
    """Session that contained a secret and was taken back."""
    take_back.take_back(library, mentor.viewer, talk.session_id)
    return talk


def removals(library):
    """Return all removals, oldest first."""
    with library.reading() as db:
        return db.scalars(select(Removal).order_by(Removal.id)).all()


def stop_the_clock(monkeypatch, library, seconds):
    """Make compaction see a time that is *seconds* after the last removal."""
    time_of_removal = removals(library)[-1].removed_at
    monkeypatch.setattr(compaction, "now", lambda: time_of_removal + timedelta(seconds=seconds))


def let_pass(library, seconds):
    """Make all removals older by *seconds*."""
    with library.transaction() as db:
        for removal in db.scalars(select(Removal)):
            removal.removed_at -= timedelta(seconds=seconds)
            removal.due_at -= timedelta(seconds=seconds)


def let_last_write_be(library, *, long_ago):
    """Simulate that the last write to the database was long ago, or that it was just now."""
    if not long_ago:
        library.seconds_unwritten = lambda: 0.0
    for path in library.settings.home.glob("library.db*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


TOKEN = re.compile(rb"word\d{5}x")


def write_and_delete_rows(db, chance, numbers):
    """Add, change and delete rows of all lengths, so that database pages split and merge."""
    for _ in range(60):
        word = f"word{next(numbers):05}x "
        row = {"id": chance.randrange(1, 9000), "text": word * chance.choice([1, 1, 2, 3, 30, 400])}
        db.execute(text("INSERT OR REPLACE INTO said VALUES (:id, :text)"), row)
        if chance.random() < 0.3:
            first, number = chance.randrange(9000), chance.choice([1, 3, 300])
            numbers_to_delete = {"first": first, "last": first + number}
            db.execute(
                text("DELETE FROM said WHERE id BETWEEN :first AND :last"), numbers_to_delete
            )


def words_of(library):
    """Return the test words in the rows of table `said`, and those in the database file."""
    library.empty_log()
    with library.reading() as db:
        rows = " ".join(db.scalars(text("SELECT text FROM said"))).encode()
    found = TOKEN.findall(read(library.settings.home / "library.db"))
    return set(TOKEN.findall(rows)), set(found)


def test_copies_that_sqlite_leaves_between_rows_are_gone(library):
    """SQLite can leave deleted text in its file when pages split. A rewrite removes this text."""
    chance, numbers, has_copies = random.Random(3), count(), False
    with library.transaction() as db:
        db.execute(text("CREATE TABLE said (id INTEGER PRIMARY KEY, text TEXT)"))
    while not has_copies:
        with library.transaction() as db:
            write_and_delete_rows(db, chance, numbers)
        in_rows, on_disk = words_of(library)
        has_copies = on_disk != in_rows

    library.rewrite()

    assert words_of(library) == (in_rows, in_rows)


def test_removals_are_completed_together(library, mentor, talk):
    """Two removals that wait are completed by one rewrite of the database."""
    other = add_session(library, owner=mentor, content=b"another", title="Another")
    take_back.take_back(library, mentor.viewer, talk.session_id)
    take_back.take_back(library, mentor.viewer, other.session_id)
    before = [one.completed_at for one in removals(library)]

    done = compaction.run(library)

    times = {one.completed_at for one in removals(library)}
    assert (before, done, len(times)) == ([None, None], True, 1)
    assert None not in times
    assert remains_of(library.settings.home, SECRET) == []
    with library.reading() as db:
        assert db.scalars(select(Erasure)).all() == []


def test_a_removal_is_not_completed_while_a_snapshot_is_open(library, mentor, talk):
    """A removal is not completed while a transaction reads a snapshot from before the removal."""
    with library.reading() as db:
        db.scalar(select(Removal.id))
        take_back.take_back(library, mentor.viewer, talk.session_id)
        meanwhile = compaction.run(library)
        (removal,) = removals(library)

    assert (meanwhile, removal.completed_at) == (False, None)
    assert compaction.run(library)
    assert removals(library)[0].completed_at is not None


@pytest.mark.parametrize(
    ("moment", "rewritten"),
    [
        ((0, True, False), False),  # the worker waits first, because another removal may follow
        ((10, False, False), True),
        ((10, True, False), True),
        ((100, True, True), True),
        ((100, False, True), False),
        ((24 * 3600, False, True), True),
    ],
)
def test_the_worker_waits_for_a_quiet_moment(library, taken_back, moment, rewritten, monkeypatch):
    """The worker rewrites a small database a few seconds after a removal.

    A large database is rewritten after a minute without writes, or when the removal is due.
    """
    seconds, is_quiet, is_large = moment
    if is_large:
        with library.transaction() as db:
            db.execute(update(Removal).values(due_at=now() + timedelta(hours=24)))
    stop_the_clock(monkeypatch, library, seconds)
    let_last_write_be(library, long_ago=is_quiet)

    Compactor(library).step()

    assert (removals(library)[0].completed_at is not None) is rewritten


@pytest.mark.parametrize(("seconds", "rewritten"), [(10, False), (100, True)])
def test_a_database_that_takes_long_waits_for_a_pause(
    library, taken_back, seconds, rewritten, monkeypatch
):
    """A large database in use is rewritten 100 seconds after a removal, and not after 10."""
    library.size = lambda: compaction.SHORT + 1
    stop_the_clock(monkeypatch, library, seconds)
    let_last_write_be(library, long_ago=False)

    Compactor(library).step()

    assert (removals(library)[0].completed_at is not None) is rewritten


def dies_between(home):
    """Run compaction in a process that is killed before it empties the write-ahead log."""
    opened = open_library(Settings(home=home))
    opened.empty_log = lambda: os.kill(os.getpid(), signal.SIGKILL)
    compaction.run(opened)


def test_a_worker_that_is_killed_leaves_it_to_the_next(library, mentor, talk):
    """If the worker is killed during compaction, the removal is not completed.

    The next worker completes it.
    """
    take_back.take_back(library, mentor.viewer, talk.session_id)
    process = get_context("spawn").Process(target=dies_between, args=(library.settings.home,))
    process.start()
    process.join()
    (removal,) = removals(library)

    assert (process.exitcode, removal.completed_at) == (-signal.SIGKILL, None)
    assert left_in(library, SECRET) == []
    assert removals(library)[0].completed_at is not None


def test_an_overdue_removal_is_reported(library, mentor, talk):
    """`verify` reports a removal that is not completed in time."""
    take_back.take_back(library, mentor.viewer, talk.session_id)
    in_time = list(compaction.overdue(library))
    let_pass(library, 600)

    (late,) = compaction.overdue(library)

    assert in_time == []
    assert "Start the worker" in late


def test_a_file_whose_process_was_killed_is_removed(library):
    """A temporary file whose process was killed has no lock and is deleted.

    A temporary file with a lock stays.
    """
    with library.files.temporary() as living:
        dead = living.with_name(f"{living.name}-dead")
        dead.write_bytes(SECRET.encode())
        for path in (living, dead):
            os.utime(path, (time.time() - 60, time.time() - 60))

        compaction.run(library)

        assert (living.exists(), dead.exists()) == (True, False)


def test_two_processes_that_finish_at_once_delete_all_files(
    library, mentor, talk, monkeypatch
) -> None:
    """Two processes that finish erasures at the same time delete all files of the removals."""
    later = add_session(library, owner=mentor, lines=[("Ada", "Bye.")], content=b"later" * 99)
    remove, finish = erasure._remove, erasure.finish
    monkeypatch.setattr(erasure, "finish", lambda _library: True)
    take_back.take_back(library, mentor.viewer, talk.session_id)

    def slowly(library, what, name):
        monkeypatch.setattr(erasure, "_remove", remove)
        finish(library)  # another process was faster
        compaction.run(library)
        take_back.take_back(library, mentor.viewer, later.session_id)
        return remove(library, what, name)

    monkeypatch.setattr(erasure, "_remove", slowly)
    finish(library)
    finish(library)

    assert list(library.files.all_kept()) == []
