"""Raw 16 kHz mono samples on disk: 16-bit little-endian, no header, read through memory maps."""

import errno
import mmap
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from ingest.media import SAMPLE_RATE
from library.errors import StorageFullError

Samples = npt.NDArray[np.int16]
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
BLOCK = SAMPLE_RATE * 60


def disk_full(error: OSError) -> bool:
    """Whether *error* says that the disk (or this user's share of it) has no room left."""
    return error.errno in FULL


def read(path: Path) -> Samples:
    """The samples in *path* as a memory map: nothing is read before it is used."""
    if path.stat().st_size < 2:
        return np.zeros(0, np.int16)
    return np.memmap(path, dtype="<i2", mode="r")


def let_go(samples: Samples) -> None:
    """Give back the memory of what was read of a map; what is read again is read from the disk."""
    base: object = samples.base
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)


class PcmWriter:
    """Samples written one after the other; raises StorageFullError when the disk is full."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self.samples = 0

    def write(self, samples: Samples) -> None:
        """Append *samples*."""
        raw = memoryview(samples.astype("<i2", copy=False).tobytes())
        try:
            while raw:
                raw = raw[self._file.write(raw) or 0 :]
        except OSError as error:
            if disk_full(error):
                raise StorageFullError from error
            raise
        self.samples += len(samples)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
