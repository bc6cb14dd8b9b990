"""Files that rows of the database name, and hard links to these files during a backup."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, select

from library.files import Files, convert_disk_errors
from library.models import Base, LedgerText, SealedOriginal
from library.store import Transaction


@dataclass(frozen=True)
class ReferencedFiles:
    """SHA-256 of each referenced stored file, and name of each referenced sealed file."""

    kept: frozenset[str]
    sealed: frozenset[str]


def named_files(db: Transaction) -> ReferencedFiles:
    """Return all files that a row of the database names."""
    kept = {value for column in columns() for value in db.scalars(select(column).distinct())}
    sealed = frozenset(db.scalars(select(SealedOriginal.name)))
    return ReferencedFiles(frozenset(value for value in kept if value), sealed)


def columns() -> Iterator[Column[str | None]]:
    """Yield the columns with hashes of stored files: those whose name ends with `sha256`."""
    for table in Base.metadata.sorted_tables:
        if table is not LedgerText.__table__:  # contains hashes of texts, not of files
            yield from (c for c in table.columns if c.name.endswith("sha256"))


LOCK = "lock"


class HeldFiles:
    """Hard links to stored files, so that a backup can read files that are removed meanwhile."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files = files
        self._folder = folder

    def hold(self, named: ReferencedFiles) -> None:
        """Create hard links to the files in *named*. Skip files that cannot be linked."""
        for sha256 in named.kept:
            self._link(self._files.place(sha256), sha256)
        for name in named.sealed:
            self._link(self._files.sealed(name), name)

    def kept(self, sha256: str) -> Path:
        """Return the hard link to a stored file, or the file itself if there is no link."""
        held = self._folder / sha256
        return held if held.exists() else self._files.place(sha256)

    def sealed(self, name: str) -> Path:
        """Return the hard link to a sealed file, or the file itself if there is no link."""
        held = self._folder / name
        return held if held.exists() else self._files.sealed(name)

    def _link(self, path: Path, name: str) -> None:
        try:
            os.link(path, self._folder / name)
        except OSError:  # missing, or no hard links on this disk: the original path is read
            return


@contextmanager
def hold_files(files: Files) -> Iterator[HeldFiles]:
    """Yield `HeldFiles` with an empty folder. Delete the folder and its hard links at the end."""
    clear_left_over(files)
    with convert_disk_errors():
        files.held.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=files.held))
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield HeldFiles(files, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def clear_left_over(files: Files) -> None:
    """Delete hard links of killed backups, so that no removed file remains in them."""
    for folder in files.held.glob("*"):
        try:
            with (folder / LOCK).open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:
            if not any(folder.glob("*")):
                continue  # just created by another process
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue  # in use by another process
