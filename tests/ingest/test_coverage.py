"""Voices without words are found, and what is heard there joins the rest without doubling it."""

import numpy as np

from ingest.coverage import merged, uncovered, within
from ingest.heard import Said, Word
from ingest.voice import FRAME, Voice


def said(*words: tuple[str, float, float]) -> Said:
    """A segment with these words (text, start, end)."""
    return Said(
        words=tuple(Word(f" {text}", start, end, 0.9) for text, start, end in words),
        log_probability=-0.3,
        no_speech_probability=0.0,
        compression=1.2,
    )


def talking(seconds: float) -> Voice:
    """A voice from beginning to end."""
    return Voice(np.full(round(seconds * 16_000 / FRAME), 0.9, np.float32), round(seconds * 16_000))


def texts(all_said: list[Said]) -> list[str]:
    """The words in order."""
    return [word.text.strip() for one in all_said for word in one.words]


def test_a_dropped_end_is_found():
    """A voice that goes on after the last word is listened to again."""
    heard = [said(("hello", 0.0, 0.5), ("there", 0.5, 1.0))]

    assert uncovered(heard, talking(8.0), 8.0) == [(1.0, 8.0)]


def test_a_drawn_out_word_hides_nothing():
    """A word said to last ten seconds counts only as long as it could be spoken."""
    heard = [said(("and", 0.0, 10.0), ("then", 10.0, 10.5))]

    [(start, end)] = uncovered(heard, talking(10.5), 10.5)

    assert start < 1.0
    assert end == 10.0


def test_a_sigh_is_not_listened_to_again():
    """A second of voice between two words is left as it is."""
    heard = [said(("well", 0.0, 0.5), ("yes", 1.5, 2.0))]

    assert uncovered(heard, talking(2.0), 2.0) == []


def test_only_words_of_the_gap_are_taken():
    """What is heard again in the margins is not taken."""
    again = [said(("there", 0.7, 0.9), ("my", 1.2, 1.4), ("friend", 1.4, 1.8))]

    assert texts(within(again, 1.0, 8.0)) == ["my", "friend"]


def test_a_word_heard_twice_is_written_once():
    """The last known word, heard again at the beginning of the gap, is not doubled."""
    first = [said(("hello", 0.0, 0.5), ("there", 0.5, 1.0))]
    again = [said(("there,", 1.0, 1.2), ("friend", 1.3, 1.8))]

    assert texts(merged(first, again)) == ["hello", "there", "friend"]


def test_a_drawn_out_word_ends_before_what_was_found_in_it():
    """Words come in order and do not cover each other."""
    first = [said(("and", 0.0, 10.0)), said(("then", 10.0, 10.5))]
    again = [said(("so", 4.0, 4.5))]

    whole = merged(first, again)

    assert texts(whole) == ["and", "so", "then"]
    assert whole[0].words[0].end <= 4.0
