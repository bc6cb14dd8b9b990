"""Reserved disk space of a few MiB, so that removals succeed on a full disk."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from library.files import free_bytes_at

SIZE = 8 * 1024 * 1024  # bytes
PIECE = 256 * 1024  # bytes written at a time


class Reserve:
    """File in the home folder that reserves disk space.

    Args:
        path: path of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def make(self) -> None:
        """Create the file. If the disk is nearly full, create only the part that fits.

        The bytes are random: a compressing file system would reserve no space for zeros.
        """
        with self._lock, suppress(OSError):
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(handle, "ab", buffering=0) as out:
                while (size := out.tell()) < SIZE:
                    out.write(os.urandom(min(PIECE, SIZE - size)))

    @contextmanager
    def released(self) -> Iterator[None]:
        """Release the reserved space inside the context if the disk is nearly full.

        At the end, the space is reserved again.
        """
        if not self._path.exists() or free_bytes_at(self._path) >= SIZE:
            yield
            return
        self._path.unlink(missing_ok=True)
        try:
            yield
        finally:
            self.make()
