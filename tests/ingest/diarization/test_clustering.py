"""Tests of combining the speakers of single windows into the speakers of a recording."""

import numpy as np
import pytest

from ingest.diarization.clustering import turns_of
from ingest.diarization.segmentation import FRAMES, LocalSpeaker, Window

ANNA, BEN = np.array([1.0, 0.1, 0.0]), np.array([0.0, 0.1, 1.0])


def local_speaker(vector: np.ndarray, first: int, last: int, *, alone: float = 4.0) -> LocalSpeaker:
    activity = np.zeros(FRAMES, np.float32)
    activity[first:last] = 1
    return LocalSpeaker(
        alone=alone,
        activity=activity,
        vector=(vector / np.linalg.norm(vector)).astype(np.float32),
    )


def window(first: int, *speakers: LocalSpeaker) -> Window:
    together = np.sum([speaker.activity for speaker in speakers], axis=0)
    return Window(
        first=first,
        speech=np.minimum(together, 1).astype(np.float32),
        overlap=(together > 1).astype(np.float32),
        speakers=speakers,
    )


def test_the_same_speaker_in_two_windows_is_one_speaker():
    """A speaker has one number in all windows, even if the order in the windows differs."""
    windows = [
        window(0, local_speaker(ANNA, 0, 250), local_speaker(BEN, 300, 589)),
        window(589, local_speaker(BEN, 0, 200), local_speaker(ANNA, 250, 589)),
    ]

    found = turns_of(windows, [], 19.8, people=None)

    who = [turn.speaker for turn in found.turns]
    assert who in ([0, 1, 0], [1, 0, 1])
    assert found.turns[0].end == pytest.approx(250 * 0.016875, abs=0.05)
    assert found.turns[1].start == pytest.approx(300 * 0.016875, abs=0.05)


def test_overlapping_speakers_both_have_a_turn():
    """Turns of two speakers overlap while both speak."""
    windows = [window(0, local_speaker(ANNA, 0, 400), local_speaker(BEN, 300, 589))]

    found = turns_of(windows, [], 9.9, people=2)

    first, second = found.turns
    assert first.speaker != second.speaker
    assert first.end - second.start == pytest.approx(100 * 0.016875, abs=0.05)


def test_speech_without_a_local_speaker_goes_to_the_nearest():
    """Speech that belongs to no speaker of a window is given to the nearest speaker."""
    windows = [window(0, local_speaker(ANNA, 0, 100), local_speaker(BEN, 400, 589))]

    found = turns_of(windows, [(0.0, 3.0)], 9.9, people=None)

    assert found.turns[0].end == pytest.approx(3.0, abs=0.05)


def test_the_number_of_speakers_is_limited():
    """Three different speaker embeddings become two speakers if the session has two people."""
    odd = np.array([0.0, 1.0, 0.2])
    windows = [
        window(
            0,
            local_speaker(ANNA, 0, 200),
            local_speaker(BEN, 200, 400),
            local_speaker(odd, 400, 589),
        )
    ]

    found = turns_of(windows, [], 9.9, people=2)

    assert {turn.speaker for turn in found.turns} == {0, 1}


def test_silence_has_no_turns():
    """A recording without windows has no turns."""
    assert turns_of([window(0, local_speaker(ANNA, 0, 0))][:0], [], 10.0, people=None).turns == ()
