"""After a removal the database is rewritten, at a moment that suits, until nothing is left."""

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

from library.holdings import erasure
from library.models import Erasure, Removal, now
from library.settings import Settings
from library.store import open_library
from library.withdrawal import compaction, taking_back
from library.withdrawal.compaction import Compactor
from tests.builders import add_session
from tests.remains import left_in, read, remains_of

SECRET = "zanzibarflamingo"
LONG_AGO = 1_000_000_000  # seconds since 1970


@pytest.fixture
def talk(library, mentor):
    """A session with a secret."""
    library.forget_passages = list
    lines = [("Ada", f"Our password was {SECRET} until Easter.")]
    return add_session(library, owner=mentor, lines=lines, content=SECRET.encode())


@pytest.fixture
def taken_back(library, mentor, talk):
    """The session with a secret, taken back a moment ago."""
    taking_back.take_back(library, mentor.viewer, talk.session_id)
    return talk


def removals(library):
    """Every removal, oldest first."""
    with library.reading() as db:
        return db.scalars(select(Removal).order_by(Removal.id)).all()


def stop_the_clock(monkeypatch, library, seconds):
    """Let it be so many seconds after the last removal, however long the test takes."""
    time_of_removal = removals(library)[-1].removed_at
    monkeypatch.setattr(compaction, "now", lambda: time_of_removal + timedelta(seconds=seconds))


def let_pass(library, seconds):
    """Let all removals be older than they are."""
    with library.transaction() as db:
        for removal in db.scalars(select(Removal)):
            removal.removed_at -= timedelta(seconds=seconds)
            removal.due_at -= timedelta(seconds=seconds)


def let_last_write_be(library, *, long_ago):
    """Let the database have been written long ago, or at every moment that is looked at."""
    if not long_ago:
        library.seconds_unwritten = lambda: 0.0
    for path in library.settings.home.glob("library.db*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


TOKEN = re.compile(rb"word\d{5}x")


def live(db, chance, numbers):
    """Write rows of all lengths, change and remove others: pages split and join."""
    for _ in range(60):
        word = f"word{next(numbers):05}x "
        row = {"id": chance.randrange(1, 9000), "text": word * chance.choice([1, 1, 2, 3, 30, 400])}
        db.execute(text("INSERT OR REPLACE INTO said VALUES (:id, :text)"), row)
        if chance.random() < 0.3:
            first, number = chance.randrange(9000), chance.choice([1, 3, 300])
            gone = {"first": first, "last": first + number}
            db.execute(text("DELETE FROM said WHERE id BETWEEN :first AND :last"), gone)


def words_of(library):
    """The words that rows hold, and those that the database's file holds."""
    library.empty_log()
    with library.reading() as db:
        rows = " ".join(db.scalars(text("SELECT text FROM said"))).encode()
    found = TOKEN.findall(read(library.settings.home / "library.db"))
    return set(TOKEN.findall(rows)), set(found)


def test_copies_that_sqlite_leaves_between_rows_are_gone(library):
    """Deleting overwrites rows and not what splitting a page left of them; rewriting removes it."""
    chance, numbers, left = random.Random(3), count(), False
    with library.transaction() as db:
        db.execute(text("CREATE TABLE said (id INTEGER PRIMARY KEY, text TEXT)"))
    while not left:
        with library.transaction() as db:
            live(db, chance, numbers)
        held, on_disk = words_of(library)
        left = on_disk != held

    library.rewrite()

    assert words_of(library) == (held, held)


def test_removals_are_completed_together(library, mentor, talk):
    """Two that wait share one rewriting; each then says since when it is done."""
    other = add_session(library, owner=mentor, content=b"another", title="Another")
    taking_back.take_back(library, mentor.viewer, talk.session_id)
    taking_back.take_back(library, mentor.viewer, other.session_id)
    before = [one.completed_at for one in removals(library)]

    done = compaction.run(library)

    times = {one.completed_at for one in removals(library)}
    assert (before, done, len(times)) == ([None, None], True, 1)
    assert None not in times
    assert remains_of(library.settings.home, SECRET) == []
    with library.reading() as db:
        assert db.scalars(select(Erasure)).all() == []


def test_it_is_not_completed_while_somebody_reads_what_was_before(library, mentor, talk):
    """An old view keeps the log; when it is closed, the next try completes the removal."""
    with library.reading() as db:
        db.scalar(select(Removal.id))
        taking_back.take_back(library, mentor.viewer, talk.session_id)
        meanwhile = compaction.run(library)
        (removal,) = removals(library)

    assert (meanwhile, removal.completed_at) == (False, None)
    assert compaction.run(library)
    assert removals(library)[0].completed_at is not None


@pytest.mark.parametrize(
    ("moment", "rewritten"),
    [
        ((0, True, False), False),  # another removal may follow
        ((10, False, False), True),
        ((10, True, False), True),
        ((100, True, True), True),
        ((100, False, True), False),
        ((24 * 3600, False, True), True),
    ],
)
def test_the_worker_waits_for_a_moment_that_suits(
    library, taken_back, moment, rewritten, monkeypatch
):
    """A few seconds in a usual library, a quiet minute in a large one, but never past the time."""
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
    """Somebody saves just now, and would have to wait; after a minute it is rewritten anyhow."""
    library.size = lambda: compaction.SHORT + 1
    stop_the_clock(monkeypatch, library, seconds)
    let_last_write_be(library, long_ago=False)

    Compactor(library).step()

    assert (removals(library)[0].completed_at is not None) is rewritten


def dies_between(home):
    """Finish removals in a process that dies when the database is rewritten, with a full log."""
    opened = open_library(Settings(home=home))
    opened.empty_log = lambda: os.kill(os.getpid(), signal.SIGKILL)
    compaction.run(opened)


def test_a_worker_that_is_killed_leaves_it_to_the_next(library, mentor, talk):
    """Between rewriting and emptying the log nothing is completed, and the next one goes on."""
    taking_back.take_back(library, mentor.viewer, talk.session_id)
    process = get_context("spawn").Process(target=dies_between, args=(library.settings.home,))
    process.start()
    process.join()
    (removal,) = removals(library)

    assert (process.exitcode, removal.completed_at) == (-signal.SIGKILL, None)
    assert left_in(library, SECRET) == []
    assert removals(library)[0].completed_at is not None


def test_what_is_overdue_is_said(library, mentor, talk):
    """Without a worker `verify` tells what should be gone by now."""
    taking_back.take_back(library, mentor.viewer, talk.session_id)
    in_time = list(compaction.overdue(library))
    let_pass(library, 600)

    (late,) = compaction.overdue(library)

    assert in_time == []
    assert "Start the worker" in late


def test_a_file_whose_process_was_killed_is_removed(library):
    """One that is being written stays: its process holds its lock."""
    with library.files.temporary() as living:
        dead = living.with_name(f"{living.name}-dead")
        dead.write_bytes(SECRET.encode())
        for path in (living, dead):
            os.utime(path, (time.time() - 60, time.time() - 60))

        compaction.run(library)

        assert (living.exists(), dead.exists()) == (True, False)


def test_of_two_that_finish_at_once_the_slow_one_forgets_nothing(
    library, mentor, talk, monkeypatch
) -> None:
    """What is planned after it has read the plan does not get the number of what was done."""
    later = add_session(library, owner=mentor, lines=[("Ada", "Bye.")], content=b"later" * 99)
    remove, finish = erasure._remove, erasure.finish
    monkeypatch.setattr(erasure, "finish", lambda _library: True)
    taking_back.take_back(library, mentor.viewer, talk.session_id)

    def slowly(library, what, name):
        monkeypatch.setattr(erasure, "_remove", remove)
        finish(library)  # another process was faster
        compaction.run(library)
        taking_back.take_back(library, mentor.viewer, later.session_id)
        return remove(library, what, name)

    monkeypatch.setattr(erasure, "_remove", slowly)
    finish(library)
    finish(library)

    assert list(library.files.all_kept()) == []
