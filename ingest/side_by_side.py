"""Pieces of work done by several hands at once, and given in their order."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import TypeVar

Hand = TypeVar("Hand")
Result = TypeVar("Result")
Progress = Callable[[float], None]

TELL_EVERY = 0.5
"""Seconds between two reports while all hands are busy."""


class _LeftError(Exception):
    """Nobody waits for this piece any more."""


def in_turn(
    pieces: Sequence[Callable[[Hand, Progress], Result]],
    hands: Sequence[Hand],
    progress: Progress,
) -> Iterator[Result]:
    """What each piece gives, in order; a hand does one piece at a time, in a thread.

    Pieces report their own 0..1; *progress* is called by the caller's thread with the number of
    pieces that are done, parts counted. If the caller stops, so does the work at its next report.
    """
    left = threading.Event()
    done = [0.0] * len(pieces)
    free: SimpleQueue[Hand] = SimpleQueue()
    for hand in hands:
        free.put(hand)

    def work(number: int) -> Result:
        def say(part: float) -> None:
            if left.is_set():
                raise _LeftError
            done[number] = part

        say(0.0)
        hand = free.get()
        try:
            return pieces[number](hand, say)
        finally:
            free.put(hand)

    pool = ThreadPoolExecutor(max_workers=len(hands), thread_name_prefix="piece")
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


def _await(future: Future[Result], tell: Callable[[], None]) -> None:
    """Wait until it is done, telling so now and then."""
    while not wait([future], timeout=TELL_EVERY).done:
        tell()
