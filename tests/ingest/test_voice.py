"""Where somebody speaks, with a detector that goes deaf as the real one does."""

import numpy as np
import numpy.typing as npt
import pytest

from ingest.voice import FRAME, MEMORY, Voice, detected

Floats = npt.NDArray[np.float32]
SECOND = 16_000


def deafened(sound: Floats) -> Floats:
    """A detector that hears nothing quiet once it has heard something loud."""
    level = np.abs(sound.reshape(-1, FRAME)).max(axis=1)
    loudest = np.maximum.accumulate(level)
    return np.where((level > 0) & (level >= 0.5 * loudest), 0.9, 0.0).astype(np.float32)


def voices(*stretches: tuple[float, float, float], seconds: float) -> Floats:
    """Sound of the given level from start to end (seconds), silence around it."""
    sound = np.zeros(round(seconds * SECOND), np.float32)
    for start, end, level in stretches:
        sound[round(start * SECOND) : round(end * SECOND)] = level
    return sound


def test_a_quiet_voice_after_a_loud_one_is_found():
    """After half a memory at most the detector hears the second microphone too."""
    sound = voices((0, 20, 0.8), (25, 60, 0.1), seconds=60)

    voice = detected(sound, deafened)

    assert voice.within(0, 20) == pytest.approx(20, abs=0.1)
    assert voice.within(20, 25) == pytest.approx(0, abs=0.1)
    assert voice.within(25, 60) >= 35 - MEMORY / 2


@pytest.mark.parametrize("seconds", [0.01, 1.0, MEMORY, 1.5 * MEMORY, 47.3])
def test_every_frame_is_judged(seconds: float):
    """Short and long sound is covered to its last frame, once."""
    sound = voices((0, seconds, 0.5), seconds=seconds)

    voice = detected(sound, deafened)

    assert voice.probabilities.shape == (-(-len(sound) // FRAME),)
    assert voice.probabilities.min() > 0.5
    assert voice.samples == len(sound)


def test_nothing_is_no_voice():
    """Sound without a sample has no voice."""
    assert detected(np.zeros(0, np.float32), deafened).stretches() == []


def test_long_silences_are_left_out_and_short_ones_kept():
    """Two stretches, with a margin around each, for voices twenty seconds apart."""
    frames = np.zeros(round(40 * SECOND / FRAME), np.float32)
    for start, end in ((2, 4), (8, 9), (29, 31)):
        frames[round(start * SECOND / FRAME) : round(end * SECOND / FRAME)] = 0.9

    found = Voice(frames, 40 * SECOND).stretches()

    seconds = [(one["start"] / SECOND, one["end"] / SECOND) for one in found]
    assert seconds == [
        (pytest.approx(1.0, abs=0.05), pytest.approx(10.0, abs=0.05)),
        (pytest.approx(28.0, abs=0.05), pytest.approx(32.0, abs=0.05)),
    ]


def test_a_click_is_no_voice():
    """A quarter of a second is the least that is listened to."""
    frames = np.zeros(round(10 * SECOND / FRAME), np.float32)
    frames[100:106] = 0.9

    assert Voice(frames, 10 * SECOND).stretches() == []
