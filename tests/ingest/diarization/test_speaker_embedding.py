"""Tests of voice prints, and of matching speakers to people by voice print."""

import numpy as np
import pytest

from ingest.diarization.speaker_embedding import (
    ALIKE,
    LEAST,
    best_match,
    compute_voice_print,
    stretches_of,
)
from library.sessions.segments import SegmentDraft
from search.embedding.filterbank import Floats

ADA, BEN, CLEO = np.eye(3, dtype=np.float32)


class CountingModel:
    """Speaker model with one constant embedding. It records the number of frames of each call."""

    def __init__(self) -> None:
        self.frames: list[int] = []

    def classes(self, window: Floats) -> Floats:
        """Return no frames."""
        return np.zeros((0, 7), np.float32)

    def vector(self, features: Floats) -> Floats:
        """Record the number of frames and return the embedding of Ada."""
        self.frames.append(len(features))
        return ADA


def segment(speaker: str, *words: tuple[float, float], suspect: str = "") -> SegmentDraft:
    timed = [("word", start, end, 0.9) for start, end in words]
    return SegmentDraft(text="word", speaker=speaker, words=timed, suspect=suspect)


def between(a: Floats, b: Floats, likeness: float) -> Floats:
    """Return a unit embedding between *a* and *b*, with the cosine *likeness* to *a*."""
    return np.asarray(likeness * a + np.sqrt(1 - likeness**2) * b, np.float32)


def test_the_speech_of_a_speaker_comes_from_the_transcript():
    """Words without a long pause form one range of speech. Suspect segments are left out."""
    segments = [
        segment("Ada", (0.0, 1.0), (1.2, 2.0), (4.0, 5.0)),
        segment("Ben", (5.0, 9.0)),
        segment("Ada", (9.0, 12.0), suspect="There is no voice under these words."),
    ]

    assert stretches_of(segments, "Ada") == [(0.0, 2.0), (4.0, 5.0)]


def test_a_minute_is_enough_for_a_voice_print():
    """A voice print uses one minute of the longest ranges of speech, cut into short pieces."""
    models = CountingModel()
    sound = np.zeros(300 * 16_000, np.int16)

    voice_print = compute_voice_print(sound, [(0.0, 10.0), (20.0, 120.0), (130.0, 130.5)], models)

    assert voice_print.seconds == pytest.approx(60.0)
    assert len(models.frames) == 15
    assert np.allclose(voice_print.vector, ADA)


def test_too_little_speech_gives_no_voice_print():
    """Too little speech, or speech in very short ranges only, gives no voice print."""
    sound = np.zeros(60 * 16_000, np.int16)
    calls = [(float(second), second + 1.0) for second in range(30)]

    assert compute_voice_print(sound, [(0.0, LEAST - 1)], CountingModel()).seconds == 0
    assert compute_voice_print(sound, calls, CountingModel()).seconds == 0


def test_a_speaker_below_the_threshold_has_no_match():
    """A speaker whose similarity to each person is too low is not matched."""
    embeddings = {"Speaker 1": between(ADA, CLEO, ALIKE - 0.05)}

    assert best_match(embeddings, {1: ADA, 2: BEN}) == {}


def test_a_speaker_similar_to_two_people_has_no_match():
    """A speaker who is similar to two people is not matched."""
    both = {"Speaker 1": between(ADA, BEN, 0.71)}

    assert best_match(both, {1: ADA, 2: BEN}) == {}


def test_a_person_matches_one_speaker_of_a_recording():
    """Of two speakers who are similar to one person, only the more similar one matches."""
    embeddings = {"Speaker 1": between(ADA, CLEO, 0.8), "Speaker 2": between(ADA, CLEO, 0.95)}

    found = best_match(embeddings, {1: ADA, 2: BEN})

    assert found == {"Speaker 2": (1, pytest.approx(0.95))}


def test_two_speakers_match_two_people():
    """Each speaker matches the person with the similar voice print."""
    embeddings = {"Speaker 1": between(BEN, CLEO, 0.9), "Speaker 2": between(ADA, CLEO, 0.9)}

    assert {
        label: person_id
        for label, (person_id, _) in best_match(embeddings, {1: ADA, 2: BEN}).items()
    } == {
        "Speaker 1": 2,
        "Speaker 2": 1,
    }
