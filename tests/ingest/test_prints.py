"""Voice prints of whole recordings, and whom a voice is like."""

import numpy as np
import pytest

from ingest.prints import ALIKE, LEAST, likest, printed, stretches_of
from library.editing.segments import SegmentDraft
from search.filterbank import Floats

ADA, BEN, CLEO = np.eye(3, dtype=np.float32)


class Hearing:
    """A voice model whose vectors say how loud it was, and that remembers what it was given."""

    def __init__(self) -> None:
        self.frames: list[int] = []

    def classes(self, window: Floats) -> Floats:
        """Nobody speaks."""
        return np.zeros((0, 7), np.float32)

    def vector(self, features: Floats) -> Floats:
        """Always the same voice."""
        self.frames.append(len(features))
        return ADA


def line(speaker: str, *words: tuple[float, float], suspect: str = "") -> SegmentDraft:
    timed = [("word", start, end, 0.9) for start, end in words]
    return SegmentDraft(text="word", speaker=speaker, words=timed, suspect=suspect)


def between(a: Floats, b: Floats, likeness: float) -> Floats:
    """A voice as like *a* as said, and for the rest like *b*."""
    return np.asarray(likeness * a + np.sqrt(1 - likeness**2) * b, np.float32)


def test_a_voice_is_what_the_transcript_says_it_says():
    """Words without a pause between them are one stretch; others' and suspect ones are left out."""
    segments = [
        line("Ada", (0.0, 1.0), (1.2, 2.0), (4.0, 5.0)),
        line("Ben", (5.0, 9.0)),
        line("Ada", (9.0, 12.0), suspect="There is no voice under these words."),
    ]

    assert stretches_of(segments, "Ada") == [(0.0, 2.0), (4.0, 5.0)]


def test_a_minute_is_enough_for_a_print():
    """Of a long talk the longest stretches are heard, in pieces of a few seconds."""
    models = Hearing()
    sound = np.zeros(300 * 16_000, np.int16)

    made = printed(sound, [(0.0, 10.0), (20.0, 120.0), (130.0, 130.5)], models)

    assert made.seconds == pytest.approx(60.0)
    assert len(models.frames) == 15
    assert np.allclose(made.vector, ADA)


def test_too_little_is_no_print():
    """A few words do not tell what somebody sounds like, and short calls do not add up to it."""
    sound = np.zeros(60 * 16_000, np.int16)
    calls = [(float(second), second + 1.0) for second in range(30)]

    assert printed(sound, [(0.0, LEAST - 1)], Hearing()).seconds == 0
    assert printed(sound, calls, Hearing()).seconds == 0


def test_a_voice_that_is_like_nobody_is_nobodys():
    """Under the threshold no name is proposed, however it compares with others."""
    voices = {"Speaker 1": between(ADA, CLEO, ALIKE - 0.05)}

    assert likest(voices, {1: ADA, 2: BEN}) == {}


def test_a_voice_between_two_people_is_nobodys():
    """Brothers who sound alike: whom it is cannot be said."""
    both = {"Speaker 1": between(ADA, BEN, 0.71)}

    assert likest(both, {1: ADA, 2: BEN}) == {}


def test_nobody_is_two_voices_of_one_recording():
    """The more alike of two voices is proposed to be Ada; the other is nobody else."""
    voices = {"Speaker 1": between(ADA, CLEO, 0.8), "Speaker 2": between(ADA, CLEO, 0.95)}

    found = likest(voices, {1: ADA, 2: BEN})

    assert found == {"Speaker 2": (1, pytest.approx(0.95))}


def test_two_people_are_told_from_each_other():
    """Each voice is the person's whom it is like."""
    voices = {"Speaker 1": between(BEN, CLEO, 0.9), "Speaker 2": between(ADA, CLEO, 0.9)}

    assert {one: who for one, (who, _) in likest(voices, {1: ADA, 2: BEN}).items()} == {
        "Speaker 1": 2,
        "Speaker 2": 1,
    }
