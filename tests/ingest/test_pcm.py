"""Samples on disk are read through a map that does not have to stay in memory."""

from pathlib import Path

import numpy as np

from ingest.pcm import PcmWriter, let_go, read


def test_what_was_let_go_is_read_again(tmp_path: Path) -> None:
    """The same samples are there afterwards, and a part of them or a plain array does no harm."""
    written = np.arange(40_000, dtype=np.int16)
    with PcmWriter(tmp_path / "samples") as out:
        out.write(written)
    samples = read(tmp_path / "samples")
    total = int(samples.sum(dtype=np.int64))

    for one in (samples, samples[100:200], written):
        let_go(one)

    assert int(samples.sum(dtype=np.int64)) == total
    assert np.array_equal(samples, written)
