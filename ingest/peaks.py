"""The outline of a recording, for drawing its waveform."""

from itertools import pairwise
from pathlib import Path

import numpy as np

from ingest import pcm

LOUDEST = 32768


def peaks(pcm_path: Path, *, buckets: int) -> bytes:
    """The loudest absolute sample in each of *buckets* equal stretches, one byte each, 0..255.

    Fewer bytes where there are fewer samples than buckets. *pcm_path*: raw 16-bit samples.
    """
    samples = pcm.read(pcm_path)
    edges = np.linspace(0, len(samples), min(buckets, len(samples)) + 1).astype(int)
    return bytes(_loudest(samples[a:b]) for a, b in pairwise(edges))


def _loudest(samples: pcm.Samples) -> int:
    """The loudest of *samples*, 0..255."""
    top = 0
    for start in range(0, len(samples), pcm.BLOCK):
        piece = samples[start : start + pcm.BLOCK]
        top = max(top, int(piece.max()), -int(piece.min()))
    return min(255, round(top * 255 / LOUDEST))
