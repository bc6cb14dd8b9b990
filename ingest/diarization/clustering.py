"""Diarization of a whole recording into turns of numbered speakers.

Agglomerative clustering with average linkage groups the speakers of the single windows of
`ingest.diarization.segmentation`. Two detectors decide when there is speech: each finds quiet
speakers that the other misses.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.diarization.segmentation import (
    FIRST_FRAME,
    FRAME_STEP,
    FRAMES,
    LocalSpeaker,
    Progress,
    Window,
    segment_windows,
)
from ingest.media import pcm
from ingest.media.media_info import SAMPLE_RATE
from search.embedding.filterbank import Floats, filterbank
from search.embedding.speaker_models import SpeakerModels, unit

APART = 0.46
"""Cosine distance from which two embeddings belong to two speakers."""
APART_IF_MORE = 0.38
"""Lower distance that is used if the session has more people than speakers were found."""
MOST = 6
GOOD = 1.0
"""Seconds without overlap from which on a local speaker is used for the clustering."""
SPEECH = 0.5
OVERLAP = 0.5
CLAIMED = 0.02
"""A frame with at most this activity gets the speaker of the nearest frame with more activity."""
SHORT = 1.0
LONG = 5.0
"""Shortest and longest turn, in seconds, whose speaker is checked by an embedding of the turn."""
SURELY = 0.15
"""How much higher the cosine to another speaker must be, so that the turn is given to it."""
SECOND = 0.1
"""Minimum activity of a second speaker who counts as speaking at the same time."""

Mask = npt.NDArray[np.bool_]
Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Turn:
    """Speaker turn from `start` to `end` in seconds; `speaker` is the speaker number from 0."""

    start: float
    end: float
    speaker: int


@dataclass(frozen=True, kw_only=True)
class Diarization:
    """Turns in order, and `vectors`: unit speaker embeddings, shape (speakers, d) float32."""

    turns: tuple[Turn, ...]
    vectors: Floats


def cluster_speakers(
    sound: Path,
    voiced: Sequence[Stretch],
    models: SpeakerModels,
    *,
    people: int | None = None,
    progress: Progress,
    at_once: int = 1,
) -> Diarization:
    """Diarize the raw 16 kHz int16 samples in the file *sound*.

    *voiced* lists the (start, end) of detected speech in seconds. *people* is the expected number
    of speakers. *progress* is called with 0..1.
    """
    samples = pcm.read(sound)
    windows = segment_windows(samples, models, progress, at_once=at_once)
    found = turns_of(windows, voiced, len(samples) / SAMPLE_RATE, people=people)
    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="turns") as pool:
        turns = pool.map(lambda turn: _reassign_turn(turn, found, samples, models), found.turns)
        return replace(found, turns=tuple(turns))


def _reassign_turn(
    turn: Turn, found: Diarization, samples: pcm.Samples, models: SpeakerModels
) -> Turn:
    """Return *turn*. Change its speaker if its voice is clearly more similar to another speaker.

    Segmentation of a 10 s window may merge two speakers. The embedding of one turn separates them.
    """
    if len(found.vectors) < 2 or not SHORT <= turn.end - turn.start <= LONG:
        return turn
    part = samples[round(turn.start * SAMPLE_RATE) : round(turn.end * SAMPLE_RATE)]
    features = filterbank(part.astype(np.float32) / np.float32(32768))
    likeness = found.vectors @ models.vector(features)
    other = int(likeness.argmax())
    if likeness[other] - likeness[turn.speaker] < SURELY:
        return turn
    return replace(turn, speaker=other)


def turns_of(
    windows: Sequence[Window], voiced: Sequence[Stretch], seconds: float, *, people: int | None
) -> Diarization:
    """Cluster the speakers of all windows and return the turns, within 0..*seconds*."""
    centres = _centres([speaker for window in windows for speaker in window.speakers], people)
    if not len(centres):
        return Diarization(turns=(), vectors=centres)
    frames = windows[-1].first + FRAMES
    activity = np.zeros((len(centres), frames), np.float32)
    windows_per_frame, speech, overlap = (np.zeros(frames, np.float32) for _ in range(3))
    for window in windows:
        here = slice(window.first, window.first + FRAMES)
        windows_per_frame[here] += 1
        speech[here] += window.speech
        overlap[here] += window.overlap
        for speaker in window.speakers:
            activity[int((centres @ speaker.vector).argmax()), here] += speaker.activity
    windows_per_frame = np.maximum(windows_per_frame, 1)
    middles = np.arange(frames) * FRAME_STEP + FIRST_FRAME
    talk = (_within(voiced, middles) | (speech / windows_per_frame > SPEECH)) & (middles < seconds)
    speaking = _speaking(activity / windows_per_frame, talk, overlap / windows_per_frame > OVERLAP)
    turns = [
        Turn(max(0.0, start), min(seconds, end), speaker)
        for speaker, row in enumerate(speaking)
        for start, end in _runs(row)
    ]
    return Diarization(turns=tuple(sorted(turns, key=lambda t: (t.start, t.end))), vectors=centres)


def _centres(speakers: Sequence[LocalSpeaker], people: int | None) -> Floats:
    """Return one unit embedding for each person among *speakers*, shape (people, d) float32."""
    good = [speaker for speaker in speakers if speaker.alone >= GOOD] or list(speakers)
    if not good:
        return np.zeros((0, 0), np.float32)
    vectors = np.stack([speaker.vector for speaker in good])
    weights = np.array([max(speaker.alone, 0.01) for speaker in good], np.float32)
    groups = _groups(vectors, people)
    return np.stack([unit(weights[groups == g] @ vectors[groups == g]) for g in np.unique(groups)])


def _groups(vectors: Floats, people: int | None) -> npt.NDArray[np.int32]:
    """Return the cluster number of each of *vectors*, (n, d) float32, as (n,) int32."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(vectors) < 2:
        return np.ones(len(vectors), np.int32)
    tree = linkage(vectors, "average", metric="cosine")
    groups = fcluster(tree, APART, "distance")
    if people and groups.max() < people:
        groups = fcluster(tree, APART_IF_MORE, "distance")
    if groups.max() > (people or MOST):
        groups = fcluster(tree, people or MOST, "maxclust")
    return np.asarray(groups, np.int32)


def _speaking(activity: Floats, talk: Mask, overlapping: Mask) -> Mask:
    """Return the active speakers, shape (speakers, frames) bool.

    *activity* is (speakers, frames) float32; *talk* and *overlapping* are (frames,) bool. In each
    frame of *talk*, the most active speaker speaks. Where speech overlaps, the second most active
    speaker speaks too.
    """
    frames = np.arange(activity.shape[1])
    claimed = np.flatnonzero(activity.max(axis=0) > CLAIMED)
    first = activity.argmax(axis=0)
    if len(claimed):
        first = first[_nearest(claimed, frames)]
    speaking = np.zeros(activity.shape, bool)
    speaking[first[talk], frames[talk]] = True
    if len(activity) > 1:
        rest = activity.copy()
        rest[first, frames] = -1
        both = talk & overlapping & (rest.max(axis=0) > SECOND)
        speaking[rest.argmax(axis=0)[both], frames[both]] = True
    return speaking


def _nearest(places: npt.NDArray[np.intp], frames: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the nearest of *places* (sorted, (n,) intp) for each of *frames*, (m,) intp."""
    after = np.searchsorted(places, frames).clip(0, len(places) - 1)
    upper, lower = places[after], places[(after - 1).clip(0)]
    return np.asarray(np.where(np.abs(upper - frames) <= np.abs(lower - frames), upper, lower))


def _within(stretches: Sequence[Stretch], moments: npt.NDArray[np.floating]) -> Mask:
    """Return which of *moments* (seconds, (n,)) lie in one of *stretches*, shape (n,) bool."""
    inside = np.zeros(len(moments), bool)
    for start, end in stretches:
        inside |= (moments >= start) & (moments < end)
    return inside


def _runs(row: Mask) -> list[Stretch]:
    """Return the (start, end) in seconds of each run of true frames in *row*, (frames,) bool."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(np.int8)))
    times = edges * FRAME_STEP + FIRST_FRAME - FRAME_STEP / 2
    return [(float(a), float(b)) for a, b in zip(times[::2], times[1::2], strict=True)]
