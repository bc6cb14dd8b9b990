"""Tests of the queue: a request wakes the worker, and a damaged queue raises no errors."""

import random
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.queue import DAMAGED, WorkQueue

NEVER = threading.Event()


@pytest.fixture
def ends(tmp_path: Path) -> Iterator[tuple[WorkQueue, WorkQueue]]:
    """Queue of the site and queue of the worker, which use the same file."""
    site, worker = WorkQueue(tmp_path), WorkQueue(tmp_path)
    yield site, worker
    site.close()
    worker.close()


def damage(home: Path) -> None:
    """Overwrite the files of the queue with random bytes."""
    for path in home.glob("queue.db*"):
        path.write_bytes(random.Random(1).randbytes(40_000))


def test_a_request_wakes_the_worker(ends):
    """A request in the queue ends the wait of the worker. The worker takes the request."""
    site, worker = ends
    for source_id in (7, 3, 7):
        site.request(source_id)

    worker.wait(600, NEVER)

    assert worker.pending() == 0


def test_a_request_outlives_its_process(tmp_path: Path):
    """A request stays in the queue after the process that made it has ended."""
    site = WorkQueue(tmp_path)
    site.request(7)
    site.close()

    worker = WorkQueue(tmp_path)
    pending = worker.pending()
    worker.close()

    assert pending == 1


def test_the_folder_is_made(tmp_path: Path):
    """Opening a queue makes the folder of the queue."""
    WorkQueue(tmp_path / "new").close()

    assert (tmp_path / "new" / "queue.db").is_file()


def test_a_damaged_queue_is_put_aside_at_the_start(tmp_path: Path, caplog):
    """A damaged queue is set aside and replaced at the start. The log contains a message."""
    damage_of_start = random.Random(1).randbytes(40_000)
    (tmp_path / "queue.db").write_bytes(damage_of_start)

    queue = WorkQueue(tmp_path)
    queue.request(7)
    pending = queue.pending()
    queue.close()

    assert pending == 1
    assert (tmp_path / DAMAGED).read_bytes() == damage_of_start
    assert "Nothing is lost" in caplog.text


def test_a_queue_that_is_damaged_while_it_is_open_raises_nothing(ends, tmp_path: Path):
    """A request to a queue that was damaged while it was open raises no error."""
    site, worker = ends
    site.request(7)
    damage(tmp_path)

    for source_id in (3, 4, 5):
        site.request(source_id)
    worker.wait(0, NEVER)

    assert site.pending() <= 3


def test_a_queue_that_is_removed_while_it_is_open_raises_nothing(ends, tmp_path: Path):
    """A request to a queue that was deleted while it was open raises no error."""
    site, worker = ends
    for path in tmp_path.glob("queue.db*"):
        path.unlink()

    site.request(7)
    worker.wait(0, NEVER)

    assert site.pending() <= 1


def test_a_request_to_a_locked_queue_raises_nothing(ends, tmp_path: Path, caplog):
    """Requests to a locked queue raise no error. The log contains one message."""
    site, _ = ends
    other = sqlite3.connect(tmp_path / "queue.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    site.request(7)
    site.request(8)
    other.close()

    assert caplog.text.count("locked") == 1, "the failure was logged more than once"
    assert site.pending() == 0


def test_a_queue_in_a_folder_that_cannot_be_used_raises_nothing(tmp_path: Path):
    """If a folder is in the place of the queue's file, the queue is empty and raises no error."""
    (tmp_path / "queue.db").mkdir()

    queue = WorkQueue(tmp_path)
    queue.request(7)

    assert queue.pending() == 0
