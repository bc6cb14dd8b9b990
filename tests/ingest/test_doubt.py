"""Text that nobody spoke is doubted; speech is not."""

import numpy as np
import pytest

from ingest.doubt import doubt, judged
from ingest.heard import Said, Word
from ingest.voice import FRAME, Voice

FRAMES_A_SECOND = 16_000 / FRAME


def said(text: str, *, start: float = 0.0, pace: float = 0.3, sure: float = -0.3) -> Said:
    """*text* at an even pace (seconds a word)."""
    words = tuple(
        Word(f" {word}", start + index * pace, start + (index + 1) * pace, 0.9)
        for index, word in enumerate(text.split())
    )
    return Said(words=words, log_probability=sure, no_speech_probability=0.1, compression=1.2)


def voice(*stretches: tuple[float, float], seconds: float = 30.0) -> Voice:
    """Voices in the given stretches, silence around them."""
    probabilities = np.zeros(round(seconds * FRAMES_A_SECOND), np.float32)
    for start, end in stretches:
        probabilities[round(start * FRAMES_A_SECOND) : round(end * FRAMES_A_SECOND)] = 0.95
    return Voice(probabilities, round(seconds * 16_000))


DOUBTED = {
    "unsure": (said("ask for it earlier than you want to", sure=-1.2), (0, 3), "unsure"),
    "loop": (said("I know " * 8), (0, 5), "repeat"),
    "no voice": (said("ask for it earlier"), (20, 22), "no voice"),
    "too fast": (said("I am sorry I am sorry I am sorry"), (0, 0.2), "too little voice"),
    "phantom": (said("Thanks for watching!"), (0, 1), "where nobody speaks"),
}


@pytest.mark.parametrize("case", DOUBTED)
def test_what_nobody_said_is_doubted_with_a_reason(case: str):
    """Each way in which Whisper invents words is found, and the reason is a sentence."""
    one, heard, reason = DOUBTED[case]

    segments = judged([one], voice(heard), 0.0)

    assert all(reason in (segment.suspect or "") for segment in segments)


@pytest.mark.parametrize(
    "text", ["Yes.", "No, no, no.", "Thank you.", "words words words words words", "I would ask."]
)
def test_what_people_say_is_believed(text: str):
    """Short and repeated speech with a voice under it is believed beside other speech."""
    one = said(text)

    reason = doubt(one.words, voiced=0.5, alone=False, log_probability=-0.4, compression=1.1)

    assert reason is None


def test_a_long_pause_parts_a_segment():
    """Words on both sides of a removed silence are two segments, each with its own times."""
    first, second = said("before the pause"), said("and after", start=20.0)
    one = Said(
        words=first.words + second.words,
        log_probability=-0.2,
        no_speech_probability=0.0,
        compression=1.0,
    )

    segments = judged([one], voice((0, 1), (20, 21)), offset=600.0)

    assert [(segment.text, segment.start) for segment in segments] == [
        ("before the pause", 600.0),
        ("and after", 620.0),
    ]
