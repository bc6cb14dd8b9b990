"""Tests of memory-mapped samples on disk."""

from pathlib import Path

import numpy as np

from ingest.media.pcm import PcmWriter, read, release_pages


def test_released_pages_are_read_again(tmp_path: Path) -> None:
    """Samples are unchanged after their memory pages were released."""
    written = np.arange(40_000, dtype=np.int16)
    with PcmWriter(tmp_path / "samples") as out:
        out.write(written)
    samples = read(tmp_path / "samples")
    total = int(samples.sum(dtype=np.int64))

    for array in (samples, samples[100:200], written):
        release_pages(array)

    assert int(samples.sum(dtype=np.int64)) == total
    assert np.array_equal(samples, written)
