"""Parallel processing of work items by a pool of workers, with results in order."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import TypeVar

Worker = TypeVar("Worker")
Result = TypeVar("Result")
Progress = Callable[[float], None]

REPORT_EVERY = 0.5
"""Seconds between two reports while all workers are busy."""


class _CallerStoppedError(Exception):
    """Error raised in a piece of work after the caller has stopped reading results."""


def map_in_order(
    pieces: Sequence[Callable[[Worker, Progress], Result]],
    workers: Sequence[Worker],
    progress: Progress,
) -> Iterator[Result]:
    """Yield the result of each piece, in order. Each of *workers* runs one piece at a time.

    Each piece runs in a thread and reports its own progress, 0..1. The caller's thread calls
    *progress* with the sum over all pieces. If the caller stops reading results, each running piece
    stops at its next report.
    """
    left = threading.Event()
    done = [0.0] * len(pieces)
    free: SimpleQueue[Worker] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def work(number: int) -> Result:
        def report_part(part: float) -> None:
            if left.is_set():
                raise _CallerStoppedError
            done[number] = part

        report_part(0.0)
        worker = free.get()
        try:
            return pieces[number](worker, report_part)
        finally:
            free.put(worker)

    pool = ThreadPoolExecutor(max_workers=len(workers), thread_name_prefix="piece")
    try:
        futures = [pool.submit(work, number) for number in range(len(pieces))]
        for number, future in enumerate(futures):
            _await(future, lambda: progress(sum(done)))
            done[number] = 1.0
            yield future.result()
            progress(sum(done))
    finally:
        left.set()
        pool.shutdown(cancel_futures=True)


def _await(future: Future[Result], report: Callable[[], None]) -> None:
    """Wait until *future* is done. Call *report* every `REPORT_EVERY` seconds."""
    while not wait([future], timeout=REPORT_EVERY).done:
        report()
