"""Lock file that allows one worker process for each home folder."""

import fcntl
import logging
import os
import time
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

LOCK = "worker.lock"
PATIENCE = 3.0  # seconds: time for a stopping worker to finish


def take(home: Path, patience: float = PATIENCE) -> IO[str] | None:
    """Take the lock. Return None if another worker still holds it after *patience* seconds.

    The lock is held until the returned file is closed or the process ends.
    """
    file = (home / LOCK).open("w")
    until = time.monotonic() + patience
    while not _lock(file, fcntl.LOCK_EX):
        if time.monotonic() > until:
            file.close()
            return None
        time.sleep(0.1)
    return file


def is_free(home: Path) -> bool:
    """Return whether no worker runs for this home folder."""
    try:
        with (home / LOCK).open("r") as file:
            return _lock(file, fcntl.LOCK_SH)
    except FileNotFoundError:
        return True


def is_ours(parent: int | None) -> bool:
    """Return whether *parent* is still the parent process. True if *parent* is None."""
    return parent is None or os.getppid() == parent


def _lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a network disk without locks: run without one
        log.warning("The disk of the library does not support locks (%s).", error.strerror)
    return True
