"""What a voice is like in a whole recording, and whom that is like.

A print is the mean of the vectors of pieces of a few seconds, over at most a minute of what the
transcript says is one voice: a mean over more speech is nearer to the speaker and farther from
others than any single vector (Snyder 2018 for the like of it).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ingest.media import SAMPLE_RATE
from ingest.pcm import Samples
from library.editing.segments import SegmentDraft
from search.filterbank import Floats, filterbank
from search.voiceprint import VoiceModels, unit

PAUSE = 0.5
"""Seconds between two words that do not part what is said in one breath."""
SHORTEST = 1.5
PIECE = 4.0
"""Seconds of a piece at least and at most; a shorter one says little of the voice."""
LEAST = 6.0
"""Seconds of a voice under which nothing is made of it, and nobody is proposed."""
MOST = 60.0
ALIKE = 0.65
"""Cosine from which a voice is proposed to be somebody's."""
CLEARLY = 0.1
"""By how much more it must be like that person than like the next."""

Stretch = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class VoicePrinted:
    """A voice's unit vector, and the seconds that it was made of."""

    vector: Floats
    seconds: float


def printed(samples: Samples, stretches: Iterable[Stretch], models: VoiceModels) -> VoicePrinted:
    """The print of the voice in some *stretches* (seconds) of a recording; empty: too little."""
    pieces = _chosen(stretches)
    seconds = sum(end - start for start, end in pieces)
    if seconds < LEAST:
        return VoicePrinted(vector=np.zeros(0, np.float32), seconds=0.0)
    mean = np.sum([(b - a) * models.vector(_features(samples, a, b)) for a, b in pieces], axis=0)
    return VoicePrinted(vector=unit(mean), seconds=seconds)


def stretches_of(segments: Sequence[SegmentDraft], speaker: str) -> list[Stretch]:
    """Where *speaker* says something without a longer pause, in seconds."""
    spans = [
        span
        for segment in segments
        if segment.speaker == speaker and not segment.suspect
        for span in _spans(segment)
    ]
    found: list[Stretch] = []
    for start, end in sorted(spans):
        if found and start - found[-1][1] <= PAUSE:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _spans(segment: SegmentDraft) -> Iterable[Stretch]:
    """From when to when each word is said; all of them at once where only that is known."""
    if not segment.words and segment.start is not None and segment.end is not None:
        return [(segment.start, segment.end)]
    return [(start, end) for _, start, end, _ in segment.words]


def likest(
    voices: Mapping[str, Floats], known: Mapping[int, Floats]
) -> dict[str, tuple[int, float]]:
    """For each voice the person whose print it is like, and how much; nobody twice.

    A voice that is nearly as like somebody else is nobody's.
    """
    if not voices or not known:
        return {}
    labels, ids = list(voices), list(known)
    mine, theirs = np.stack(list(voices.values())), np.stack(list(known.values()))
    likeness = mine @ theirs.T
    found: dict[str, tuple[int, float]] = {}
    for place in np.argsort(-likeness, axis=None):
        row, column = divmod(int(place), len(ids))
        score = float(likeness[row, column])
        if score < ALIKE:
            break
        next_best = np.delete(likeness[row], column).max(initial=-1.0)
        taken = labels[row] in found or ids[column] in {one for one, _ in found.values()}
        if not taken and score - next_best >= CLEARLY:
            found[labels[row]] = ids[column], score
    return found


def _chosen(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Pieces of the longest stretches, at most `MOST` seconds together."""
    pieces: list[Stretch] = []
    left = MOST
    for start, end in sorted(stretches, key=lambda one: one[0] - one[1]):
        seconds = min(end - start, left)
        parts = max(1, round(seconds / PIECE))
        if seconds / parts < SHORTEST:
            break
        pieces += pairwise(np.linspace(start, start + seconds, parts + 1).tolist())
        left -= seconds
    return pieces


def _features(samples: Samples, start: float, end: float) -> Floats:
    part = samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    return filterbank(part.astype(np.float32) / np.float32(32768))
