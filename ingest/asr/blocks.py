"""Splitting of long recordings into blocks of 4.5 to 6 minutes at the quietest second."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ingest.asr.result import AsrBlock, AsrSegment, Word
from ingest.media.media_info import SAMPLE_RATE
from ingest.media.pcm import Samples
from library.transcripts.versions import SegmentDraft

LONGEST = 360 * SAMPLE_RATE
"""Longest block (6 minutes, in samples). Two are decoded at once in less than 1 GiB of memory."""
SEARCHED = 90 * SAMPLE_RATE
"""Samples at the end of a longest block (90 seconds) among which the cut is searched."""
QUIET = SAMPLE_RATE
STEP = SAMPLE_RATE // 10


def cut(samples: Samples) -> list[tuple[int, int]]:
    """Return the (start, end) of each block of *samples*, shape (n,) int16, in samples.

    A cut lies in the middle of the second with the least energy. The result is deterministic.
    Short blocks limit the memory. Times come from counted samples, so they cannot drift.
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
    """Return the index of the middle of the quietest second in *samples*, shape (n,) int16."""
    steps = samples[: len(samples) // STEP * STEP].reshape(-1, STEP)
    energy = np.square(steps, dtype=np.float32).mean(axis=1)
    second = np.convolve(energy, np.ones(QUIET // STEP), "valid")
    return int(second.argmin()) * STEP + QUIET // 2


def block_to_dict(block: AsrBlock) -> dict[str, Any]:
    """Return a block as a dictionary that can be written as JSON."""
    return asdict(block)


def block_from_dict(content: Mapping[str, Any]) -> AsrBlock:
    """Return the block from a dictionary that `block_to_dict` made."""
    segments = tuple(
        AsrSegment(**{**segment, "words": tuple(Word(**word) for word in segment["words"])})
        for segment in content["segments"]
    )
    talk = tuple((start, end) for start, end in content.get("talk", ()))
    return AsrBlock(**{**content, "segments": segments, "talk": talk})


def segments_of(blocks: Sequence[AsrBlock]) -> list[SegmentDraft]:
    """Return the segments of the transcript from all blocks of a recording, in order."""
    return [
        SegmentDraft(
            text=segment.text,
            start=segment.start,
            end=segment.end,
            words=[(word.text, word.start, word.end, word.probability) for word in segment.words],
            suspect=segment.suspect or "",
        )
        for block in sorted(blocks, key=lambda block: block.number)
        for segment in block.segments
    ]
