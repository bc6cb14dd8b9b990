"""Content-addressed storage: files on disk, named by their SHA-256."""

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

from library import storage_errors as damage
from library.errors import NotFoundError

PIECE = 1024 * 1024  # bytes read at a time
UNFINISHED = "keeping-"  # prefix of the name of an unfinished file
JUST_MADE = 5.0  # seconds in which a new file may not be locked yet
LEFT_OVER = 86_400.0  # seconds after which no process can still be writing a file


class Files:
    """Folders of stored, incoming, intermediate and sealed files, clips and data downloads."""

    def __init__(self, folder: Path) -> None:
        self._kept = folder / "kept"
        self._incoming = folder / "incoming"
        self._work = folder / "work"
        self._clips = folder / "clips"
        self._downloads = folder / "downloads"
        self._sealed = folder / "sealed"
        self.held = folder / "held"  # hard links of a running backup

    def path(self, sha256: str) -> Path:
        """Return the path of the file with this SHA-256.

        Raises:
            NotFoundError: the file is not stored here.
        """
        path = self.place(sha256)
        if not path.is_file():
            raise NotFoundError(
                "The stored file is missing from the library's folder. Ask an administrator to "
                "restore it from a backup."
            )
        return path

    def has(self, sha256: str) -> bool:
        """Return whether the file with this SHA-256 is stored here."""
        return self.place(sha256).is_file()

    def keep(self, pieces: Iterable[bytes]) -> tuple[str, int]:
        """Store a stream of bytes. Return its SHA-256 and its size in bytes.

        The file gets its name only after fsync, so a crash leaves no partial file.

        Raises:
            StorageFullError: the disk is full. The partial file is deleted.
        """
        with self.temporary() as path:
            with convert_disk_errors(), path.open("wb") as out:
                for piece in pieces:
                    out.write(piece)
            return self.adopt(path)

    def adopt(self, path: Path) -> tuple[str, int]:
        """Move a finished file on the same disk into the store. Return SHA-256 and byte count."""
        digest = hashlib.sha256()
        with convert_disk_errors(), path.open("rb+") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
            os.fsync(file.fileno())
        sha256, size = digest.hexdigest(), path.stat().st_size
        target = self.place(sha256)
        with convert_disk_errors():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            sync(target.parent)
        return sha256, size

    @contextmanager
    def temporary(self, suffix: str = "") -> Iterator[Path]:
        """Yield the path of a new empty file. At the end, delete the file if it was not moved."""
        with convert_disk_errors():
            self._incoming.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._incoming, prefix=UNFINISHED, suffix=suffix)
        path = Path(name)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)  # until the file is closed or the process killed
            yield path
        finally:
            os.close(handle)
            path.unlink(missing_ok=True)

    def incoming(self, name: str) -> Path:
        """Return the path of the file that collects the pieces of an upload."""
        with convert_disk_errors():
            self._incoming.mkdir(parents=True, exist_ok=True)
        return self._incoming / f"upload-{name}"

    def work_folder(self, source_id: int) -> Path:
        """Return the folder for intermediate files of a source. `clear_work` deletes it."""
        folder = self._work / str(source_id)
        with convert_disk_errors():
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def clear_work(self, source_id: int) -> None:
        """Delete the intermediate files of a source."""
        shutil.rmtree(self._work / str(source_id), ignore_errors=True)

    def clip_folder(self, source_id: int) -> Path:
        """Return the folder of a source's clips. It may not exist yet."""
        return self._clips / str(source_id)

    def clips(self) -> list[Path]:
        """Return the paths of all clips."""
        return list(self._clips.glob("*/*"))

    def download(self, name: str) -> Path:
        """Return the path of the file of a personal data download."""
        with convert_disk_errors():
            self._downloads.mkdir(parents=True, exist_ok=True)
        return self._downloads / name

    def downloads(self) -> list[Path]:
        """Return the paths of all personal data downloads."""
        return list(self._downloads.glob("*"))

    def clear_clips(self, source_id: int) -> None:
        """Delete the clips of a source."""
        shutil.rmtree(self.clip_folder(source_id), ignore_errors=True)

    def clear_idle_work(self, busy: Container[int]) -> None:
        """Delete the intermediate files of all sources except *busy*.

        *busy* has the ids of sources that are being processed. Files of removed sources are also
        deleted.
        """
        for folder in self._work.glob("*"):
            if folder.name.isdecimal() and int(folder.name) not in busy:
                shutil.rmtree(folder, ignore_errors=True)

    def clear_abandoned(self) -> None:
        """Delete incoming files of killed processes: files that no process has locked."""
        for path in self._incoming.glob(f"{UNFINISHED}*"):
            with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
                if time.time() - path.stat().st_mtime > JUST_MADE:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink(missing_ok=True)

    def clear_left_over(self) -> None:
        """Delete incoming files of killed processes, also files of earlier program versions."""
        self.clear_abandoned()
        for path in self._incoming.glob("tmp*"):
            if time.time() - path.stat().st_mtime > LEFT_OVER:
                path.unlink(missing_ok=True)

    def remove(self, sha256: str) -> None:
        """Delete the file with this SHA-256, if it exists."""
        self.place(sha256).unlink(missing_ok=True)

    def sealed(self, name: str) -> Path:
        """Return the path of the encrypted file of a sealed original."""
        with convert_disk_errors():
            self._sealed.mkdir(parents=True, exist_ok=True)
        return self._sealed / name

    def is_held(self, name: str) -> bool:
        """Return whether a running backup has a hard link to the stored or sealed file *name*."""
        return any(self.held.glob(f"*/{name}"))

    def all_kept(self) -> Iterator[Path]:
        """Yield the path of every stored file. The file name is the SHA-256."""
        return self._kept.glob("*/*")

    def all_sealed(self) -> Iterator[Path]:
        """Yield the path of every sealed file."""
        return self._sealed.glob("*")

    def free_bytes(self) -> int:
        """Return the free space on the library's disk, in bytes."""
        return free_bytes_at(self._kept)

    def place(self, sha256: str) -> Path:
        """Return the path for a file with this SHA-256, whether it exists or not."""
        return self._kept / sha256[:2] / sha256


def free_bytes_at(path: Path) -> int:
    """Return the free space, in bytes, on the disk of a path. The path need not exist."""
    folder = next(p for p in (path, *path.parents) if p.exists())
    return shutil.disk_usage(folder).free


@contextmanager
def convert_disk_errors() -> Iterator[None]:
    """Convert disk errors inside the context to errors of the library.

    Examples are a full, a read-only and a failing disk.
    """
    try:
        yield
    except OSError as error:
        ours = (
            damage.to_library_error(error) if error.errno in damage.FULL | damage.UNUSABLE else None
        )
        if ours is not None:
            raise ours from error
        raise


def pieces_of(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of an open file in pieces of at most `PIECE` bytes."""
    while piece := stream.read(PIECE):
        yield piece


def sync(path: Path) -> None:
    """Call fsync on a file or folder, so that a write or a rename survives a power failure."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
