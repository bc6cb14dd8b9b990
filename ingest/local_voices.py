"""Who speaks within ten seconds, heard window after window; each voice with its vector.

In one window voices are only "the first", "the second", "the third"; `ingest.voices` finds out
which of them are the same person's.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from ingest.media import SAMPLE_RATE
from ingest.pcm import Samples, let_go
from search.filterbank import FRAME, Floats, filterbank
from search.filterbank import STEP as FEATURE_STEP
from search.voiceprint import ACTIVE, VoiceModels

WINDOW = 10 * SAMPLE_RATE
STEP = 5 * SAMPLE_RATE
FRAMES = 589
FRAME_STEP = 270 / SAMPLE_RATE
FIRST_FRAME = 0.0309375
"""Seconds between two frames of a window, and the middle of its first one."""
LEAST_HEARD = 0.2
"""Seconds under which a voice in a window is nobody's."""
ALONE = 0.5
"""Seconds that a voice must be alone, so that its vector is made of nothing else."""
ENOUGH = 3.0
"""Seconds that make a vector; more cost more and tell little."""

LET_GO_AFTER = 60
"""Windows, five minutes, after which what was read of the recording leaves the memory."""

Progress = Callable[[float], None]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class LocalVoice:
    """A voice in one window: how surely it speaks in each frame, and what it is like."""

    alone: float  # seconds in which nobody else speaks
    activity: Floats
    vector: Floats


@dataclass(frozen=True, kw_only=True)
class Window:
    """Ten seconds from `first` on (a frame of the whole); `speech` and `overlap` for each frame."""

    first: int
    speech: Floats
    overlap: Floats
    voices: tuple[LocalVoice, ...]


def listen(
    samples: Samples, models: VoiceModels, progress: Progress, *, at_once: int = 1
) -> list[Window]:
    """Every window of the recording; *at_once* threads share the work."""
    starts = range(0, max(1, len(samples) - STEP), STEP)
    found: list[Window] = []
    pool = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="voices")
    try:
        for window in pool.map(partial(_hear, samples, models), starts):
            found.append(window)
            if len(found) % LET_GO_AFTER == 0:
                let_go(samples)
            progress(len(found) / len(starts))
    finally:
        pool.shutdown(cancel_futures=True)
    return found


def _hear(samples: Samples, models: VoiceModels, start: int) -> Window:
    """The window that begins at sample *start*."""
    sound = samples[start : start + WINDOW].astype(np.float32) / np.float32(32768)
    classes = models.classes(np.pad(sound, (0, WINDOW - len(sound))))
    speaking = ACTIVE[classes.argmax(axis=1)]
    features = filterbank(sound)
    middles = (np.arange(len(features)) * FEATURE_STEP + FRAME / 2) / SAMPLE_RATE
    there = speaking[_frame_at(middles).clip(0, FRAMES - 1)] > 0
    activity = classes @ ACTIVE
    voices = []
    for mine in range(ACTIVE.shape[1]):
        alone = there[:, mine] & (there.sum(axis=1) == 1)
        heard = _chosen(alone, there[:, mine])
        if heard is not None:
            voices.append(
                LocalVoice(
                    alone=float(alone.sum()) * FEATURE_STEP / SAMPLE_RATE,
                    activity=activity[:, mine],
                    vector=models.vector(features[heard]),
                )
            )
    return Window(
        first=round(start / SAMPLE_RATE / FRAME_STEP),
        speech=1 - classes[:, 0],
        overlap=classes[:, 4:].sum(axis=1),
        voices=tuple(voices),
    )


def _chosen(alone: Mask, anyhow: Mask) -> npt.NDArray[np.intp] | None:
    """The features that tell what a voice is like, from the middle of its talk."""
    second = SAMPLE_RATE // FEATURE_STEP
    use = alone if alone.sum() >= ALONE * second else anyhow
    places = np.flatnonzero(use)
    if len(places) < LEAST_HEARD * second:
        return None
    enough = int(ENOUGH * second)
    skipped = max(0, len(places) - enough) // 2
    return places[skipped : skipped + enough]


def _frame_at(seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """The frame of a window that is nearest to each moment in it."""
    return np.round((seconds - FIRST_FRAME) / FRAME_STEP).astype(np.intp)
