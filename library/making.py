"""Folders in which something is made: gone at the end, or with a later look after a kill."""

import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from library.files import JUST_MADE, LEFT_OVER, storage_errors

BACKUP, EXPORT, IMPORT, BAG = ".backup-", ".export-", ".import-", ".bag-"
"""What the names of such folders begin with."""
LOCK = ".lock"


@contextmanager
def folder(place: Path, prefix: str) -> Iterator[Path]:
    """Give an empty folder in *place*; remove what killed processes left of such folders.

    Raises:
        StorageFullError: the disk has no room for it.
    """
    clear(place, prefix)
    with storage_errors():
        made = Path(tempfile.mkdtemp(dir=place, prefix=prefix))
    try:
        with (made / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed, or this process is killed
            yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def clear(place: Path, prefix: str) -> None:
    """Remove such folders in *place* whose process was killed: words may lie in them."""
    for made in place.glob(f"{prefix}*"):
        if _is_abandoned(made):
            shutil.rmtree(made, ignore_errors=True)


def _is_abandoned(made: Path) -> bool:
    """Whether nobody holds a folder's lock, or it has none and is old."""
    try:
        age = time.time() - made.stat().st_mtime
        if not (made / LOCK).exists():  # of an earlier version
            return age > LEFT_OVER
        with (made / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return age > JUST_MADE
    except OSError:  # somebody is at work in it, or it went meanwhile
        return False
