"""Background threads that repeat a task and continue after errors."""

import logging
import os
import threading
from collections.abc import Callable

from library.errors import LibraryError

log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds until the next try after an error


def start_periodic(
    name: str,
    act: Callable[[], object],
    *,
    every: float,
    stop: threading.Event,
    patience: float = PATIENCE,
) -> threading.Thread:
    """Start and return a thread that calls *act* again and again until *stop* is set.

    Errors are logged, and the task is repeated later. An unexpected error is logged with its
    traceback. If the thread ends before *stop* is set, it ends the process, so that a supervisor
    restarts the process. Otherwise a worker with a missing thread would seem to be healthy.

    Args:
        name: name of the thread in the log.
        act: the task.
        every: seconds between two calls.
        stop: event that ends the thread.
        patience: seconds until the next call after an error.
    """

    def run() -> None:
        try:
            while not stop.is_set():
                stop.wait(every if _done(name, act) else max(every, patience))
        finally:
            if not stop.is_set():
                log.critical("the thread “%s” ended unexpectedly, so this process ends too", name)
                os._exit(os.EX_SOFTWARE)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread


def _done(name: str, act: Callable[[], object]) -> bool:
    """Call *act* and return True. If it raises an error, log the error and return False."""
    try:
        act()
    except LibraryError as error:  # temporary, such as a full disk or a busy database
        log.warning("%s: %s", name, error)
    except Exception:
        log.exception("%s", name)
    else:
        return True
    return False
