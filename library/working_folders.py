"""Temporary folders. The next use deletes the folders of killed processes."""

import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from library.files import JUST_MADE, LEFT_OVER, convert_disk_errors

BACKUP, EXPORT, IMPORT, BAG = ".backup-", ".export-", ".import-", ".bag-"
"""Prefixes of the names of temporary folders."""
LOCK = ".lock"


@contextmanager
def folder(place: Path, prefix: str) -> Iterator[Path]:
    """Yield an empty temporary folder in *place*. Delete folders of killed processes first.

    Raises:
        StorageFullError: the disk is full.
    """
    clear(place, prefix)
    with convert_disk_errors():
        made = Path(tempfile.mkdtemp(dir=place, prefix=prefix))
    try:
        with (made / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed, or this process is killed
            yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def clear(place: Path, prefix: str) -> None:
    """Delete temporary folders of killed processes in *place*: they may contain private data."""
    for made in place.glob(f"{prefix}*"):
        if _is_abandoned(made):
            shutil.rmtree(made, ignore_errors=True)


def _is_abandoned(made: Path) -> bool:
    """Return whether the process that made a temporary folder was killed.

    True if no process holds the lock of the folder, or if it has no lock file and is old.
    """
    try:
        age = time.time() - made.stat().st_mtime
        if not (made / LOCK).exists():  # an earlier version of the program made it
            return age > LEFT_OVER
        with (made / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return age > JUST_MADE
    except OSError:  # a process uses it, or it was deleted in the meantime
        return False
