"""The one place for a worker that a home folder has: a lock file that its process holds."""

import fcntl
import logging
import os
import time
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

LOCK = "worker.lock"
PATIENCE = 3.0  # seconds: a worker that was told to stop gets to put its things away


def take(home: Path, patience: float = PATIENCE) -> IO[str] | None:
    """Take the place; None where another worker keeps it for *patience* seconds.

    The place is held until the file that is returned is closed, or the process ends in any way.
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
    """Whether no worker works on this home."""
    try:
        with (home / LOCK).open("r") as file:
            return _lock(file, fcntl.LOCK_SH)
    except FileNotFoundError:
        return True


def is_ours(parent: int | None) -> bool:
    """Whether the process that a worker was started by is still its parent; None: any may be."""
    return parent is None or os.getppid() == parent


def _lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a network disk without locks: then the administrator decides
        log.warning("There are no locks on the disk of the library (%s).", error.strerror)
    return True
