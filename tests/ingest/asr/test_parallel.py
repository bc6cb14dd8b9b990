"""Tests of parallel work with results in order."""

import threading
from functools import partial

import pytest

from ingest.asr.parallel import map_in_order


def test_results_come_in_order():
    """Results have the order of the tasks, even if the second task ends first."""
    second_done = threading.Event()

    def first(worker, report):
        second_done.wait()
        return "first"

    def second(worker, report):
        second_done.set()
        return "second"

    assert list(map_in_order([first, second], ["left", "right"], lambda _: None)) == [
        "first",
        "second",
    ]


def test_each_worker_does_one_task_at_a_time():
    """A worker runs one task at a time, and there are no more running tasks than workers."""
    busy, counts = set(), []

    def work(worker, report):
        assert worker not in busy
        busy.add(worker)
        counts.append(len(busy))
        busy.remove(worker)
        return worker

    assert len(list(map_in_order([work] * 20, ["left", "right"], lambda _: None))) == 20
    assert max(counts) <= 2


def test_an_error_in_a_task_reaches_the_caller():
    """An exception of a task is raised in the caller."""

    def broken(worker, report):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(map_in_order([broken], ["left"], lambda _: None))


def test_progress_is_reported_in_the_callers_thread():
    """Progress is reported in the thread of the caller and ends with the number of tasks."""
    reported = []

    list(
        map_in_order(
            [lambda worker, report: report(0.5)] * 3,
            ["left", "right"],
            lambda done: reported.append((done, threading.current_thread())),
        )
    )

    assert reported[-1] == (3.0, threading.main_thread())
    assert {thread for _, thread in reported} == {threading.main_thread()}


def test_the_work_ends_when_the_caller_stops():
    """If the caller stops, a running task stops at its next progress report."""
    begun = threading.Event()

    def endless(worker, report):
        begun.set()
        while True:
            report(0.1)

    walk = map_in_order(
        [lambda worker, report: "done", partial(endless)], ["left", "right"], lambda _: None
    )
    assert next(walk) == "done"
    begun.wait()

    walk.close()

    assert walk.gi_frame is None  # `close` waited for the threads
