"""Tests of finding speech without recognised words, and of merging its second transcription."""

import numpy as np

from ingest.asr.missed_speech import merged, missed_speech, within
from ingest.asr.result import Utterance, Word
from ingest.asr.vad import FRAME, SpeechActivity


def utterance(*words: tuple[str, float, float]) -> Utterance:
    """Return an utterance with these words (text, start, end)."""
    return Utterance(
        words=tuple(Word(f" {text}", start, end, 0.9) for text, start, end in words),
        log_probability=-0.3,
        no_speech_probability=0.0,
        compression=1.2,
    )


def speech_throughout(seconds: float) -> SpeechActivity:
    """Return speech activity with speech at every moment of *seconds* seconds."""
    return SpeechActivity(
        np.full(round(seconds * 16_000 / FRAME), 0.9, np.float32), round(seconds * 16_000)
    )


def texts(utterances: list[Utterance]) -> list[str]:
    """Return the words of all utterances in order."""
    return [word.text.strip() for part in utterances for word in part.words]


def test_a_dropped_end_is_found():
    """Speech after the last recognised word is found as missed speech."""
    utterances = [utterance(("hello", 0.0, 0.5), ("there", 0.5, 1.0))]

    assert missed_speech(utterances, speech_throughout(8.0), 8.0) == [(1.0, 8.0)]


def test_a_too_long_word_hides_no_speech():
    """If a word lasts ten seconds, most of that time counts as missed speech."""
    utterances = [utterance(("and", 0.0, 10.0), ("then", 10.0, 10.5))]

    [(start, end)] = missed_speech(utterances, speech_throughout(10.5), 10.5)

    assert start < 1.0
    assert end == 10.0


def test_a_short_gap_is_not_transcribed_again():
    """One second of speech between two words is not transcribed a second time."""
    utterances = [utterance(("well", 0.0, 0.5), ("yes", 1.5, 2.0))]

    assert missed_speech(utterances, speech_throughout(2.0), 2.0) == []


def test_only_words_of_the_gap_are_taken():
    """Of the second transcription of a missed range, only words inside the range are used."""
    again = [utterance(("there", 0.7, 0.9), ("my", 1.2, 1.4), ("friend", 1.4, 1.8))]

    assert texts(within(again, 1.0, 8.0)) == ["my", "friend"]


def test_a_repeated_word_at_the_edge_is_merged():
    """A word at the end of the first and the start of the second transcription appears once."""
    first = [utterance(("hello", 0.0, 0.5), ("there", 0.5, 1.0))]
    again = [utterance(("there,", 1.0, 1.2), ("friend", 1.3, 1.8))]

    assert texts(merged(first, again)) == ["hello", "there", "friend"]


def test_a_too_long_word_ends_before_words_found_in_it():
    """A word that lasts too long is cut at the words that were found during its time."""
    first = [utterance(("and", 0.0, 10.0)), utterance(("then", 10.0, 10.5))]
    again = [utterance(("so", 4.0, 4.5))]

    result = merged(first, again)

    assert texts(result) == ["and", "so", "then"]
    assert result[0].words[0].end <= 4.0
