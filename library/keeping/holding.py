"""Files held for a while: what is removed from the library stays here until a backup has it."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from library.files import Files, storage_errors
from library.keeping.named import Named

LOCK = "lock"


class Held:
    """Second names (hard links) of files, in a folder that goes when nobody needs it."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files = files
        self._folder = folder

    def hold(self, named: Named) -> None:
        """Give these files second names; what is missing, or cannot be linked, is left out."""
        for sha256 in named.kept:
            self._link(self._files.place(sha256), sha256)
        for name in named.sealed:
            self._link(self._files.sealed(name), name)

    def kept(self, sha256: str) -> Path:
        """Where the bytes with this hash are read from."""
        held = self._folder / sha256
        return held if held.exists() else self._files.place(sha256)

    def sealed(self, name: str) -> Path:
        """Where a sealed file is read from."""
        held = self._folder / name
        return held if held.exists() else self._files.sealed(name)

    def _link(self, path: Path, name: str) -> None:
        try:
            os.link(path, self._folder / name)
        except OSError:  # missing, or a disk without hard links: then it is read where it lies
            return


@contextmanager
def holding(files: Files) -> Iterator[Held]:
    """A place to hold files in, for as long as it is open."""
    clear_left_over(files)
    with storage_errors():
        files.held.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=files.held))
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield Held(files, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def clear_left_over(files: Files) -> None:
    """Let go of what a killed backup held: what is taken back must not live on there."""
    for folder in files.held.glob("*"):
        try:
            with (folder / LOCK).open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:
            if not any(folder.glob("*")):
                continue  # it is being made at this moment
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue  # somebody is at work on it
