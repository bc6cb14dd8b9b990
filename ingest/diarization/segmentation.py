"""Speaker segmentation of 10 s windows, with one embedding for each local speaker.

Speaker numbers are local to one window. `ingest.diarization.clustering` finds out which local
speakers are the same person.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from ingest.media.media_info import SAMPLE_RATE
from ingest.media.pcm import Samples, release_pages
from search.embedding.filterbank import FRAME, Floats, filterbank
from search.embedding.filterbank import STEP as FEATURE_STEP
from search.embedding.speaker_models import ACTIVE, SpeakerModels

WINDOW = 10 * SAMPLE_RATE
STEP = 5 * SAMPLE_RATE
FRAMES = 589
FRAME_STEP = 270 / SAMPLE_RATE
FIRST_FRAME = 0.0309375
"""`FRAME_STEP`: seconds between two frames. `FIRST_FRAME`: middle of a window's first frame."""
LEAST_SPEECH = 0.2
"""Seconds of speech under which a local speaker is ignored."""
ALONE = 0.5
"""Seconds without overlap from which on the embedding uses only speech without overlap."""
ENOUGH = 3.0
"""Seconds of speech for one embedding. More speech costs time and changes the vector little."""

RELEASE_EVERY = 60
"""Number of windows (five minutes) after which the samples are released from memory."""

Progress = Callable[[float], None]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class LocalSpeaker:
    """Speaker in one window: `activity`, (frames,) float32, and its embedding, (d,) float32."""

    alone: float  # seconds without overlapping speech
    activity: Floats
    vector: Floats


@dataclass(frozen=True, kw_only=True)
class Window:
    """Window of 10 s from frame `first`, with its speakers.

    `speech` and `overlap` are probabilities for each frame, (frames,) float32.
    """

    first: int
    speech: Floats
    overlap: Floats
    speakers: tuple[LocalSpeaker, ...]


def segment_windows(
    samples: Samples, models: SpeakerModels, progress: Progress, *, at_once: int = 1
) -> list[Window]:
    """Segment each window of *samples*, shape (n,) int16, with *at_once* threads."""
    starts = range(0, max(1, len(samples) - STEP), STEP)
    found: list[Window] = []
    pool = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="speakers")
    try:
        for window in pool.map(partial(_segmented, samples, models), starts):
            found.append(window)
            if len(found) % RELEASE_EVERY == 0:
                release_pages(samples)
            progress(len(found) / len(starts))
    finally:
        pool.shutdown(cancel_futures=True)
    return found


def _segmented(samples: Samples, models: SpeakerModels, start: int) -> Window:
    """Segment the window of *samples*, shape (n,) int16, that begins at sample *start*."""
    sound = samples[start : start + WINDOW].astype(np.float32) / np.float32(32768)
    classes = models.classes(np.pad(sound, (0, WINDOW - len(sound))))
    speaking = ACTIVE[classes.argmax(axis=1)]
    features = filterbank(sound)
    middles = (np.arange(len(features)) * FEATURE_STEP + FRAME / 2) / SAMPLE_RATE
    there = speaking[_frame_at(middles).clip(0, FRAMES - 1)] > 0
    activity = classes @ ACTIVE
    speakers = []
    for mine in range(ACTIVE.shape[1]):
        alone = there[:, mine] & (there.sum(axis=1) == 1)
        chosen = _chosen(alone, there[:, mine])
        if chosen is not None:
            speakers.append(
                LocalSpeaker(
                    alone=float(alone.sum()) * FEATURE_STEP / SAMPLE_RATE,
                    activity=activity[:, mine],
                    vector=models.vector(features[chosen]),
                )
            )
    return Window(
        first=round(start / SAMPLE_RATE / FRAME_STEP),
        speech=1 - classes[:, 0],
        overlap=classes[:, 4:].sum(axis=1),
        speakers=tuple(speakers),
    )


def _chosen(alone: Mask, anyhow: Mask) -> npt.NDArray[np.intp] | None:
    """Return the feature frames for the embedding, (n,) intp; None if speech is too short.

    *alone* marks the frames in which only this speaker speaks. *anyhow* marks all frames in which
    this speaker speaks.
    """
    second = SAMPLE_RATE // FEATURE_STEP
    use = alone if alone.sum() >= ALONE * second else anyhow
    places = np.flatnonzero(use)
    if len(places) < LEAST_SPEECH * second:
        return None
    enough = int(ENOUGH * second)
    skipped = max(0, len(places) - enough) // 2
    return places[skipped : skipped + enough]


def _frame_at(seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Return the nearest frame, (n,) intp, for times in seconds of the window, (n,) float64."""
    return np.round((seconds - FIRST_FRAME) / FRAME_STEP).astype(np.intp)
