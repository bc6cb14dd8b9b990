"""Voices of single windows brought together."""

import numpy as np
import pytest

from ingest.local_voices import FRAMES, LocalVoice, Window
from ingest.voices import turns_of

ANNA, BEN = np.array([1.0, 0.1, 0.0]), np.array([0.0, 0.1, 1.0])


def voice(vector: np.ndarray, first: int, last: int, *, alone: float = 4.0) -> LocalVoice:
    activity = np.zeros(FRAMES, np.float32)
    activity[first:last] = 1
    return LocalVoice(
        alone=alone,
        activity=activity,
        vector=(vector / np.linalg.norm(vector)).astype(np.float32),
    )


def window(first: int, *voices: LocalVoice) -> Window:
    together = np.sum([one.activity for one in voices], axis=0)
    return Window(
        first=first,
        speech=np.minimum(together, 1).astype(np.float32),
        overlap=(together > 1).astype(np.float32),
        voices=voices,
    )


def test_the_same_voice_in_two_windows_is_one_person():
    """Whoever is "the second" in one window and "the first" in the next has one number."""
    windows = [
        window(0, voice(ANNA, 0, 250), voice(BEN, 300, 589)),
        window(589, voice(BEN, 0, 200), voice(ANNA, 250, 589)),
    ]

    found = turns_of(windows, [], 19.8, people=None)

    who = [turn.voice for turn in found.turns]
    assert who in ([0, 1, 0], [1, 0, 1])
    assert found.turns[0].end == pytest.approx(250 * 0.016875, abs=0.05)
    assert found.turns[1].start == pytest.approx(300 * 0.016875, abs=0.05)


def test_two_who_speak_at_once_have_both_a_turn():
    """An interruption belongs to both speakers while it lasts."""
    windows = [window(0, voice(ANNA, 0, 400), voice(BEN, 300, 589))]

    found = turns_of(windows, [], 9.9, people=2)

    first, second = found.turns
    assert first.voice != second.voice
    assert first.end - second.start == pytest.approx(100 * 0.016875, abs=0.05)


def test_voice_that_only_the_detector_hears_goes_to_the_neighbour():
    """What one detector hears and the other does not is said by whoever speaks next to it."""
    windows = [window(0, voice(ANNA, 0, 100), voice(BEN, 400, 589))]

    found = turns_of(windows, [(0.0, 3.0)], 9.9, people=None)

    assert found.turns[0].end == pytest.approx(3.0, abs=0.05)


def test_no_more_people_than_the_session_names():
    """Three vectors of two people's session make two voices."""
    odd = np.array([0.0, 1.0, 0.2])
    windows = [window(0, voice(ANNA, 0, 200), voice(BEN, 200, 400), voice(odd, 400, 589))]

    found = turns_of(windows, [], 9.9, people=2)

    assert {turn.voice for turn in found.turns} == {0, 1}


def test_silence_has_no_turns():
    """Where no window holds a voice, nobody speaks."""
    assert turns_of([window(0, voice(ANNA, 0, 0))][:0], [], 10.0, people=None).turns == ()
