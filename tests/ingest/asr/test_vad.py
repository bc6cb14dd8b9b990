"""Tests of speech activity, with a detector that misses quiet speech after loud speech."""

import numpy as np
import numpy.typing as npt
import pytest

from ingest.asr.vad import FRAME, MEMORY, SpeechActivity, detect_speech

Floats = npt.NDArray[np.float32]
SECOND = 16_000


def misses_quiet_speech(sound: Floats) -> Floats:
    """Return one speech probability per frame, shape (n,): zero for quiet after loud sound."""
    level = np.abs(sound.reshape(-1, FRAME)).max(axis=1)
    loudest = np.maximum.accumulate(level)
    return np.where((level > 0) & (level >= 0.5 * loudest), 0.9, 0.0).astype(np.float32)


def sound_with(*stretches: tuple[float, float, float], seconds: float) -> Floats:
    """Return sound with a level in each range (start, end, level), times in seconds."""
    sound = np.zeros(round(seconds * SECOND), np.float32)
    for start, end, level in stretches:
        sound[round(start * SECOND) : round(end * SECOND)] = level
    return sound


def test_quiet_speech_after_loud_speech_is_found():
    """Quiet speech after loud speech is found at most `MEMORY` / 2 seconds late.

    `MEMORY` is the length in seconds of the windows on which the detector runs.
    """
    sound = sound_with((0, 20, 0.8), (25, 60, 0.1), seconds=60)

    activity = detect_speech(sound, misses_quiet_speech)

    assert activity.within(0, 20) == pytest.approx(20, abs=0.1)
    assert activity.within(20, 25) == pytest.approx(0, abs=0.1)
    assert activity.within(25, 60) >= 35 - MEMORY / 2


@pytest.mark.parametrize("seconds", [0.01, 1.0, MEMORY, 1.5 * MEMORY, 47.3])
def test_every_frame_is_judged(seconds: float):
    """Every frame of a recording of any length gets a speech probability."""
    sound = sound_with((0, seconds, 0.5), seconds=seconds)

    activity = detect_speech(sound, misses_quiet_speech)

    assert activity.probabilities.shape == (-(-len(sound) // FRAME),)
    assert activity.probabilities.min() > 0.5
    assert activity.samples == len(sound)


def test_no_samples_have_no_speech():
    """Sound without samples has no speech."""
    assert detect_speech(np.zeros(0, np.float32), misses_quiet_speech).samples_of_speech() == []


def test_long_silences_are_left_out_and_short_ones_kept():
    """Long silence is not transcribed. Short silence between words is transcribed."""
    frames = np.zeros(round(40 * SECOND / FRAME), np.float32)
    for start, end in ((2, 4), (8, 9), (29, 31)):
        frames[round(start * SECOND / FRAME) : round(end * SECOND / FRAME)] = 0.9

    found = SpeechActivity(frames, 40 * SECOND).samples_of_speech()

    seconds = [(part["start"] / SECOND, part["end"] / SECOND) for part in found]
    assert seconds == [
        (pytest.approx(1.0, abs=0.05), pytest.approx(10.0, abs=0.05)),
        (pytest.approx(28.0, abs=0.05), pytest.approx(32.0, abs=0.05)),
    ]


def test_a_click_is_not_speech():
    """A sound shorter than a quarter of a second does not count as speech."""
    frames = np.zeros(round(10 * SECOND / FRAME), np.float32)
    frames[100:106] = 0.9

    assert SpeechActivity(frames, 10 * SECOND).samples_of_speech() == []
