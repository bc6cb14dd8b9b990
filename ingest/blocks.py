"""A long recording in blocks of five to six minutes, cut where it is quietest."""

import numpy as np

from ingest.media import SAMPLE_RATE
from ingest.pcm import Samples

LONGEST = 360 * SAMPLE_RATE
"""Six minutes: two such blocks are heard at once, and the process must stay under 1 GiB."""
SEARCHED = 90 * SAMPLE_RATE
"""A cut is looked for in the last minute and a half that a block may have."""
QUIET = SAMPLE_RATE
STEP = SAMPLE_RATE // 10


def cut(samples: Samples) -> list[tuple[int, int]]:
    """Where each block begins and ends, in samples; the same for the same recording, always.

    A cut lies in the middle of the second with the least energy: with blocks of a bounded length
    memory is bounded too, and times come from counted samples, so they cannot drift.
    """
    blocks, start = [], 0
    while len(samples) - start > LONGEST:
        first = start + LONGEST - SEARCHED
        end = first + _quietest(samples[first : start + LONGEST])
        blocks.append((start, end))
        start = end
    if len(samples) > start:
        blocks.append((start, len(samples)))
    return blocks


def _quietest(samples: Samples) -> int:
    """The middle of the quietest second in *samples*."""
    steps = samples[: len(samples) // STEP * STEP].reshape(-1, STEP)
    energy = np.square(steps, dtype=np.float32).mean(axis=1)
    second = np.convolve(energy, np.ones(QUIET // STEP), "valid")
    return int(second.argmin()) * STEP + QUIET // 2
