"""Tests of detecting hallucinated text."""

import numpy as np
import pytest

from ingest.asr.hallucination import filter_hallucinations, hallucination_reason
from ingest.asr.result import Utterance, Word
from ingest.asr.vad import FRAME, SpeechActivity

FRAMES_A_SECOND = 16_000 / FRAME


def utterance(text: str, *, start: float = 0.0, pace: float = 0.3, sure: float = -0.3) -> Utterance:
    """Return an utterance of *text*, *pace* seconds per word, with log probability *sure*."""
    words = tuple(
        Word(f" {word}", start + index * pace, start + (index + 1) * pace, 0.9)
        for index, word in enumerate(text.split())
    )
    return Utterance(words=words, log_probability=sure, no_speech_probability=0.1, compression=1.2)


def activity(*stretches: tuple[float, float], seconds: float = 30.0) -> SpeechActivity:
    """Return *seconds* seconds of speech activity, with speech in the given ranges."""
    probabilities = np.zeros(round(seconds * FRAMES_A_SECOND), np.float32)
    for start, end in stretches:
        probabilities[round(start * FRAMES_A_SECOND) : round(end * FRAMES_A_SECOND)] = 0.95
    return SpeechActivity(probabilities, round(seconds * 16_000))


SUSPECT_CASES = {
    "unsure": (utterance("ask for it earlier than you want to", sure=-1.2), (0, 3), "unsure"),
    "loop": (utterance("I know " * 8), (0, 5), "repeat"),
    "no voice": (utterance("ask for it earlier"), (20, 22), "No speech"),
    "too fast": (utterance("I am sorry I am sorry I am sorry"), (0, 0.2), "Too little speech"),
    "phantom": (utterance("Thanks for watching!"), (0, 1), "where no one speaks"),
}


@pytest.mark.parametrize("case", SUSPECT_CASES)
def test_hallucinated_text_is_suspect_with_a_reason(case: str):
    """Hallucinated text of each kind becomes a suspect segment with the reason."""
    text, speech, reason = SUSPECT_CASES[case]

    segments = filter_hallucinations([text], activity(speech), 0.0)

    assert all(reason in (segment.suspect or "") for segment in segments)


@pytest.mark.parametrize(
    "text", ["Yes.", "No, no, no.", "Thank you.", "words words words words words", "I would ask."]
)
def test_spoken_text_is_not_suspect(text: str):
    """Short or repeated words are not suspect where speech was detected."""
    item = utterance(text)

    reason = hallucination_reason(
        item.words, voiced=0.5, alone=False, log_probability=-0.4, compression=1.1
    )

    assert reason is None


def test_a_long_pause_splits_a_segment():
    """The words before and after a long pause become two segments with their own times."""
    first, second = utterance("before the pause"), utterance("and after", start=20.0)
    item = Utterance(
        words=first.words + second.words,
        log_probability=-0.2,
        no_speech_probability=0.0,
        compression=1.0,
    )

    segments = filter_hallucinations([item], activity((0, 1), (20, 21)), offset=600.0)

    assert [(segment.text, segment.start) for segment in segments] == [
        ("before the pause", 600.0),
        ("and after", 620.0),
    ]
