"""Background threads: each does the same thing again and again, and survives what goes wrong."""

import logging
import os
import threading
from collections.abc import Callable

from library.errors import LibraryError

log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds until something that went wrong is tried again


def go_round(
    name: str,
    act: Callable[[], object],
    *,
    every: float,
    stop: threading.Event,
    patience: float = PATIENCE,
) -> threading.Thread:
    """Start a thread that calls *act* every so many seconds until *stop*.

    An error ends nothing: it is logged, those that nobody expected with their traceback, and the
    next call comes a few seconds later. A thread that ends all the same ends its process, so that
    whoever started it starts it again: a worker with a part missing would look alive.

    Args:
        name: what the log calls the thread.
        act: one round.
        every: seconds between two rounds.
        stop: set when the process is to end.
        patience: seconds until the next round after an error.
    """

    def run() -> None:
        try:
            while not stop.is_set():
                stop.wait(every if _done(name, act) else max(every, patience))
        finally:
            if not stop.is_set():
                log.critical("the thread “%s” ended, and so does this process", name)
                os._exit(os.EX_SOFTWARE)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def _done(name: str, act: Callable[[], object]) -> bool:
    """Whether a round was done without an error."""
    try:
        act()
    except LibraryError as error:  # a full disk, a busy database: it passes
        log.warning("%s: %s", name, error)
    except Exception:
        log.exception("%s", name)
    else:
        return True
    return False
