"""Raw 16 kHz mono samples on disk: 16-bit little-endian, no header, read through memory maps."""

import errno
import mmap
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from ingest.media.media_info import SAMPLE_RATE
from library.errors import StorageFullError

Samples = npt.NDArray[np.int16]
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
BLOCK = SAMPLE_RATE * 60


def disk_full(error: OSError) -> bool:
    """Return whether *error* means a full disk or an exceeded disk quota."""
    return error.errno in FULL


def read(path: Path) -> Samples:
    """Map the samples of *path* into memory, shape (n,) int16. Pages load on first use."""
    if path.stat().st_size < 2:
        return np.zeros(0, np.int16)
    return np.memmap(path, dtype="<i2", mode="r")


def release_pages(samples: Samples) -> None:
    """Release the memory of mapped samples. Later reads load them from the disk again."""
    base: object = samples.base
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)


class PcmWriter:
    """Writer of int16 samples to a new file; `samples` is the number written so far."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self.samples = 0

    def write(self, samples: Samples) -> None:
        """Append *samples*, shape (n,) int16.

        Raises:
            StorageFullError: The disk is full or the disk quota is exceeded.
        """
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


LOUDEST = 32768


def peaks(pcm_path: Path, *, buckets: int) -> bytes:
    """Return the peak of each of *buckets* equal intervals, one byte each, 0..255.

    There are fewer bytes if there are fewer samples than buckets. *pcm_path* has raw samples.
    """
    samples = read(pcm_path)
    edges = np.linspace(0, len(samples), min(buckets, len(samples)) + 1).astype(int)
    return bytes(_loudest(samples[a:b]) for a, b in pairwise(edges))


def _loudest(samples: Samples) -> int:
    """Return the peak of *samples*, shape (n,) int16, scaled to 0..255."""
    top = 0
    for start in range(0, len(samples), BLOCK):
        piece = samples[start : start + BLOCK]
        top = max(top, int(piece.max()), -int(piece.min()))
    return min(255, round(top * 255 / LOUDEST))
