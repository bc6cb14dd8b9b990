"""Speaker embeddings over a whole recording, and their comparison with voice prints.

A voice print is the mean embedding of pieces of a few seconds, from at most 60 s of one speaker.
A mean over more speech separates speakers better than a single embedding (cf. Snyder 2018).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ingest.media.media_info import SAMPLE_RATE
from ingest.media.pcm import Samples
from library.sessions.segments import SegmentDraft
from search.embedding.filterbank import Floats, filterbank
from search.embedding.speaker_models import SpeakerModels, unit

PAUSE = 0.5
"""Longest pause between two words of one stretch, in seconds."""
SHORTEST = 1.5
PIECE = 4.0
"""Shortest and usual length of a piece in seconds. A shorter one tells little about a speaker."""
LEAST = 6.0
"""Seconds of speech under which no voice print is made and no person is proposed."""
MOST = 60.0
ALIKE = 0.65
"""Cosine from which on a person is proposed as the speaker."""
CLEARLY = 0.1
"""How much higher the cosine to this person must be than to the next person."""

Stretch = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class SpeakerEmbedding:
    """Unit speaker embedding, shape (d,) float32, and the seconds of speech in its input."""

    vector: Floats
    seconds: float


def compute_voice_print(
    samples: Samples, stretches: Iterable[Stretch], models: SpeakerModels
) -> SpeakerEmbedding:
    """Return the voice print of *stretches* (seconds) of *samples*, shape (n,) int16.

    The vector has shape (0,) if there are fewer than `LEAST` seconds of speech.
    """
    pieces = _chosen(stretches)
    seconds = sum(end - start for start, end in pieces)
    if seconds < LEAST:
        return SpeakerEmbedding(vector=np.zeros(0, np.float32), seconds=0.0)
    mean = np.sum([(b - a) * models.vector(_features(samples, a, b)) for a, b in pieces], axis=0)
    return SpeakerEmbedding(vector=unit(mean), seconds=seconds)


def stretches_of(segments: Sequence[SegmentDraft], speaker: str) -> list[Stretch]:
    """Return the (start, end) in seconds of speech of *speaker*, split at pauses."""
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
    """Return the (start, end) of each word in seconds; of the segment if it has no word times."""
    if not segment.words and segment.start is not None and segment.end is not None:
        return [(segment.start, segment.end)]
    return [(start, end) for _, start, end, _ in segment.words]


def best_match(
    speakers: Mapping[str, Floats], known: Mapping[int, Floats]
) -> dict[str, tuple[int, float]]:
    """Match each speaker to at most one person; return (person id, cosine) by speaker.

    A speaker that is almost as similar to another person is not matched. Both mappings hold unit
    vectors of the shape `(dimension,) float32`.
    """
    if not speakers or not known:
        return {}
    labels, ids = list(speakers), list(known)
    mine, theirs = np.stack(list(speakers.values())), np.stack(list(known.values()))
    likeness = mine @ theirs.T
    found: dict[str, tuple[int, float]] = {}
    for place in np.argsort(-likeness, axis=None):
        row, column = divmod(int(place), len(ids))
        score = float(likeness[row, column])
        if score < ALIKE:
            break
        next_best = np.delete(likeness[row], column).max(initial=-1.0)
        is_used = labels[row] in found or ids[column] in {one for one, _ in found.values()}
        if not is_used and score - next_best >= CLEARLY:
            found[labels[row]] = ids[column], score
    return found


def _chosen(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return (start, end) of pieces of the longest stretches, up to `MOST` seconds in total."""
    pieces: list[Stretch] = []
    remaining = MOST
    for start, end in sorted(stretches, key=lambda one: one[0] - one[1]):
        seconds = min(end - start, remaining)
        parts = max(1, round(seconds / PIECE))
        if seconds / parts < SHORTEST:
            break
        pieces += pairwise(np.linspace(start, start + seconds, parts + 1).tolist())
        remaining -= seconds
    return pieces


def _features(samples: Samples, start: float, end: float) -> Floats:
    part = samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    return filterbank(part.astype(np.float32) / np.float32(32768))
