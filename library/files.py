"""Bytes on disk, named by their SHA-256, so that the same bytes twice are the same file."""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from library import damage
from library.errors import NotFoundError

PIECE = 1024 * 1024  # bytes read at a time
UNFINISHED = "keeping-"  # what the name of a file begins with until all of it is there
JUST_MADE = 5.0  # seconds in which a new file may not be locked yet
LEFT_OVER = 86_400.0  # seconds after which nobody can still be writing a file


class Files:
    """The folder of a library's files: kept ones by hash, and those on their way in."""

    def __init__(self, folder: Path) -> None:
        self._kept = folder / "kept"
        self._incoming = folder / "incoming"
        self._work = folder / "work"
        self._clips = folder / "clips"
        self._downloads = folder / "downloads"
        self._sealed = folder / "sealed"
        self.held = folder / "held"  # by a backup, while it is made

    def path(self, sha256: str) -> Path:
        """Where the bytes with this hash lie.

        Raises:
            NotFoundError: they are not here.
        """
        path = self.place(sha256)
        if not path.is_file():
            raise NotFoundError(
                "The file behind this recording is missing from the library's folder."
            )
        return path

    def has(self, sha256: str) -> bool:
        """Whether the bytes with this hash are kept here."""
        return self.place(sha256).is_file()

    def keep(self, pieces: Iterable[bytes]) -> tuple[str, int]:
        """Keep a stream of bytes; gives its SHA-256 and its size in bytes.

        The bytes are safe on disk before they get their name, so a crash leaves no half file.

        Raises:
            StorageFullError: the disk has no room left; what was written of it is removed.
        """
        with self.temporary() as path:
            with storage_errors(), path.open("wb") as out:
                for piece in pieces:
                    out.write(piece)
            return self.adopt(path)

    def adopt(self, path: Path) -> tuple[str, int]:
        """Take over a finished file from the same disk; gives its SHA-256 and size in bytes."""
        digest = hashlib.sha256()
        with storage_errors(), path.open("rb+") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
            os.fsync(file.fileno())
        sha256, size = digest.hexdigest(), path.stat().st_size
        target = self.place(sha256)
        with storage_errors():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            sync(target.parent)
        return sha256, size

    @contextmanager
    def temporary(self, suffix: str = "") -> Iterator[Path]:
        """A path for a file on its way in; what is still there at the end is removed."""
        with storage_errors():
            self._incoming.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._incoming, prefix=UNFINISHED, suffix=suffix)
        path = Path(name)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)  # until it is closed, or this process is killed
            yield path
        finally:
            os.close(handle)
            path.unlink(missing_ok=True)

    def incoming(self, name: str) -> Path:
        """The file in which the pieces of an upload are gathered."""
        with storage_errors():
            self._incoming.mkdir(parents=True, exist_ok=True)
        return self._incoming / f"upload-{name}"

    def work_folder(self, source_id: int) -> Path:
        """A folder for what is made on the way of a source; `clear_work` removes it."""
        folder = self._work / str(source_id)
        with storage_errors():
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def clear_work(self, source_id: int) -> None:
        """Remove what was made on the way of a source."""
        shutil.rmtree(self._work / str(source_id), ignore_errors=True)

    def clip_folder(self, source_id: int) -> Path:
        """Where the clips of a source lie; it may not be there yet."""
        return self._clips / str(source_id)

    def clips(self) -> list[Path]:
        """Every clip that lies here."""
        return list(self._clips.glob("*/*"))

    def download(self, name: str) -> Path:
        """Where the file of a copy of somebody's data lies."""
        with storage_errors():
            self._downloads.mkdir(parents=True, exist_ok=True)
        return self._downloads / name

    def downloads(self) -> list[Path]:
        """Every file of a copy of somebody's data."""
        return list(self._downloads.glob("*"))

    def clear_clips(self, source_id: int) -> None:
        """Remove the clips of a source."""
        shutil.rmtree(self.clip_folder(source_id), ignore_errors=True)

    def clear_idle_work(self, busy: Container[int]) -> None:
        """Remove what was made on the way of sources that are not *busy*, removed ones included."""
        for folder in self._work.glob("*"):
            if folder.name.isdecimal() and int(folder.name) not in busy:
                shutil.rmtree(folder, ignore_errors=True)

    def clear_abandoned(self) -> None:
        """Remove files on their way in whose process was killed: nobody holds their lock."""
        for path in self._incoming.glob(f"{UNFINISHED}*"):
            with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
                if time.time() - path.stat().st_mtime > JUST_MADE:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink(missing_ok=True)

    def clear_left_over(self) -> None:
        """Remove what a killed process left of files on their way in."""
        self.clear_abandoned()
        for path in self._incoming.glob("tmp*"):
            if time.time() - path.stat().st_mtime > LEFT_OVER:
                path.unlink(missing_ok=True)

    def remove(self, sha256: str) -> None:
        """Forget the bytes with this hash; it is no error when they are gone already."""
        self.place(sha256).unlink(missing_ok=True)

    def sealed(self, name: str) -> Path:
        """The encrypted file that a sealed original is kept in."""
        with storage_errors():
            self._sealed.mkdir(parents=True, exist_ok=True)
        return self._sealed / name

    def is_held(self, name: str) -> bool:
        """Whether a backup that is being made holds a kept or sealed file of this name."""
        return any(self.held.glob(f"*/{name}"))

    def all_kept(self) -> Iterator[Path]:
        """Every kept file; its name is its hash."""
        return self._kept.glob("*/*")

    def all_sealed(self) -> Iterator[Path]:
        """Every sealed file."""
        return self._sealed.glob("*")

    def free_bytes(self) -> int:
        """Room left on the library's disk, in bytes."""
        return free_bytes_at(self._kept)

    def place(self, sha256: str) -> Path:
        """Where the bytes with this hash lie, or would lie."""
        return self._kept / sha256[:2] / sha256


def free_bytes_at(path: Path) -> int:
    """Return the room left on the disk of a path that need not exist, in bytes."""
    folder = next(p for p in (path, *path.parents) if p.exists())
    return shutil.disk_usage(folder).free


@contextmanager
def storage_errors() -> Iterator[None]:
    """Rename the errors of a disk that is full, may not be written, or fails."""
    try:
        yield
    except OSError as error:
        ours = damage.named(error) if error.errno in damage.FULL | damage.UNUSABLE else None
        if ours is not None:
            raise ours from error
        raise


def pieces_of(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of an open file, a piece at a time."""
    while piece := stream.read(PIECE):
        yield piece


def sync(path: Path) -> None:
    """Make a file, or a rename in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
