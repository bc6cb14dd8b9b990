"""The queue carries requests from one process to another, and nothing but requests."""

from pathlib import Path

from library.queue import WorkQueue


def work_off(queue: WorkQueue) -> None:
    """Do what the worker's consumer does, until nothing is left."""
    while (task := queue.huey.dequeue()) is not None:
        queue.huey.execute(task)


def test_a_request_reaches_the_worker(tmp_path: Path):
    """What the site asks for, the worker's handler is called with, in order."""
    asked: list[int] = []
    site, worker = WorkQueue(tmp_path), WorkQueue(tmp_path, asked.append)

    for source_id in (7, 3, 7):
        site.request(source_id)
    work_off(worker)

    site.close()
    worker.close()
    assert asked == [7, 3, 7]


def test_a_request_outlives_its_process(tmp_path: Path):
    """A request that nobody took is still there for the next worker."""
    asked: list[int] = []
    site = WorkQueue(tmp_path)
    site.request(7)
    site.close()

    worker = WorkQueue(tmp_path, asked.append)
    work_off(worker)
    worker.close()

    assert asked == [7]


def test_the_folder_is_made(tmp_path: Path):
    """A queue opens in a folder that is not there yet."""
    WorkQueue(tmp_path / "new").close()

    assert (tmp_path / "new" / "queue.db").is_file()
