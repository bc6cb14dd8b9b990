"""Who speaks when, in a whole recording: turns of speakers who have numbers, not names yet.

The voices of single windows (`ingest.local_voices`) are brought together by how alike they are:
the average link of an agglomerative clustering. When somebody speaks is decided by two detectors,
of which each hears quiet speakers that the other does not.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest import pcm
from ingest.local_voices import (
    FIRST_FRAME,
    FRAME_STEP,
    FRAMES,
    LocalVoice,
    Progress,
    Window,
    listen,
)
from ingest.media import SAMPLE_RATE
from search.filterbank import Floats, filterbank
from search.voiceprint import VoiceModels, unit

APART = 0.46
"""Cosine distance from which two voices are two people's."""
APART_IF_MORE = 0.38
"""The same where the session names more people than were told apart."""
MOST = 6
GOOD = 1.0
"""Seconds alone that make a voice good enough to stand for a person."""
SPEECH = 0.5
OVERLAP = 0.5
CLAIMED = 0.02
"""Activity under which a frame is nobody's own and goes to who speaks next to it."""
SHORT = 1.0
LONG = 5.0
"""Seconds of a turn that is heard again on its own."""
SURELY = 0.15
"""By how much more it must be like another voice."""
SECOND = 0.1
"""Activity from which somebody may speak at the same time as another."""

Mask = npt.NDArray[np.bool_]
Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody speaks from `start` to `end` (seconds); `voice` counts from 0."""

    start: float
    end: float
    voice: int


@dataclass(frozen=True, kw_only=True)
class Voices:
    """Turns in order, and what each voice is like: one unit vector each."""

    turns: tuple[Turn, ...]
    vectors: Floats


def tell_apart(
    sound: Path,
    voiced: Sequence[Stretch],
    models: VoiceModels,
    *,
    people: int | None = None,
    progress: Progress,
    at_once: int = 1,
) -> Voices:
    """Who speaks when in the raw samples in *sound*.

    *voiced*: where a voice detector hears somebody, in seconds. *people*: how many are expected.
    *progress* is called with 0..1.
    """
    samples = pcm.read(sound)
    windows = listen(samples, models, progress, at_once=at_once)
    found = turns_of(windows, voiced, len(samples) / SAMPLE_RATE, people=people)
    with ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="turns") as pool:
        turns = pool.map(lambda turn: _heard_again(turn, found, samples, models), found.turns)
        return replace(found, turns=tuple(turns))


def _heard_again(turn: Turn, found: Voices, samples: pcm.Samples, models: VoiceModels) -> Turn:
    """*turn*, given to another voice if it is clearly that one's.

    A window of ten seconds may take two people for one; a whole turn on its own tells them apart.
    """
    if len(found.vectors) < 2 or not SHORT <= turn.end - turn.start <= LONG:
        return turn
    part = samples[round(turn.start * SAMPLE_RATE) : round(turn.end * SAMPLE_RATE)]
    features = filterbank(part.astype(np.float32) / np.float32(32768))
    likeness = found.vectors @ models.vector(features)
    other = int(likeness.argmax())
    if likeness[other] - likeness[turn.voice] < SURELY:
        return turn
    return replace(turn, voice=other)


def turns_of(
    windows: Sequence[Window], voiced: Sequence[Stretch], seconds: float, *, people: int | None
) -> Voices:
    """The turns that the voices of all windows come to, within *seconds*."""
    centres = _centres([voice for window in windows for voice in window.voices], people)
    if not len(centres):
        return Voices(turns=(), vectors=centres)
    frames = windows[-1].first + FRAMES
    activity = np.zeros((len(centres), frames), np.float32)
    heard, speech, overlap = (np.zeros(frames, np.float32) for _ in range(3))
    for window in windows:
        here = slice(window.first, window.first + FRAMES)
        heard[here] += 1
        speech[here] += window.speech
        overlap[here] += window.overlap
        for voice in window.voices:
            activity[int((centres @ voice.vector).argmax()), here] += voice.activity
    heard = np.maximum(heard, 1)
    middles = np.arange(frames) * FRAME_STEP + FIRST_FRAME
    talk = (_within(voiced, middles) | (speech / heard > SPEECH)) & (middles < seconds)
    speaking = _speaking(activity / heard, talk, overlap / heard > OVERLAP)
    turns = [
        Turn(max(0.0, start), min(seconds, end), voice)
        for voice, row in enumerate(speaking)
        for start, end in _runs(row)
    ]
    return Voices(turns=tuple(sorted(turns, key=lambda t: (t.start, t.end))), vectors=centres)


def _centres(voices: Sequence[LocalVoice], people: int | None) -> Floats:
    """One unit vector for each person who is heard."""
    good = [voice for voice in voices if voice.alone >= GOOD] or list(voices)
    if not good:
        return np.zeros((0, 0), np.float32)
    vectors = np.stack([voice.vector for voice in good])
    weights = np.array([max(voice.alone, 0.01) for voice in good], np.float32)
    groups = _groups(vectors, people)
    return np.stack([unit(weights[groups == g] @ vectors[groups == g]) for g in np.unique(groups)])


def _groups(vectors: Floats, people: int | None) -> npt.NDArray[np.int32]:
    """The number of the person behind each vector."""
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
    """Voices x frames: the most active voice wherever somebody talks, the next where two do."""
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
    """The one of *places* (in order) that is nearest to each frame."""
    after = np.searchsorted(places, frames).clip(0, len(places) - 1)
    right, left = places[after], places[(after - 1).clip(0)]
    return np.asarray(np.where(np.abs(right - frames) <= np.abs(left - frames), right, left))


def _within(stretches: Sequence[Stretch], moments: npt.NDArray[np.floating]) -> Mask:
    """Which moments lie in a stretch."""
    inside = np.zeros(len(moments), bool)
    for start, end in stretches:
        inside |= (moments >= start) & (moments < end)
    return inside


def _runs(row: Mask) -> list[Stretch]:
    """From when to when (seconds) each unbroken run of a row lasts."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(np.int8)))
    times = edges * FRAME_STEP + FIRST_FRAME - FRAME_STEP / 2
    return [(float(a), float(b)) for a, b in zip(times[::2], times[1::2], strict=True)]
