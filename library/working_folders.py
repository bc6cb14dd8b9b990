"""Temporary folders, deleted at the end or, after a kill, by the next use."""

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
    """Yield an empty temporary folder in *place*. Delete those of killed processes first.

    Raises:
        StorageFullError: the disk is full.
    """
    clear(place, prefix)
    with convert_disk_errors():
        made = Path(tempfile.mkdtemp(dir=place, prefix=prefix))
    try:
        with (made / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed, or this process is killed
            yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def clear(place: Path, prefix: str) -> None:
    """Delete temporary folders of killed processes in *place*: they may contain private data."""
    for made in place.glob(f"{prefix}*"):
        if _is_abandoned(made):
            shutil.rmtree(made, ignore_errors=True)


def _is_abandoned(made: Path) -> bool:
    """Return whether no process holds a folder's lock, or it has no lock and is old."""
    try:
        age = time.time() - made.stat().st_mtime
        if not (made / LOCK).exists():  # of an earlier version
            return age > LEFT_OVER
        with (made / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return age > JUST_MADE
    except OSError:  # a process uses it, or it was deleted in the meantime
        return False
