"""Detection of speech without recognised words. Whisper may end a window too early."""

from collections.abc import Iterable
from dataclasses import replace

from ingest.asr.result import Utterance, Word
from ingest.asr.vad import SpeechActivity

LEAST_MISSED = 1.5
"""Minimum speech without words, in seconds, that is decoded again (about four words). Shorter
speech is mostly a sigh or an "um", for which Whisper invents words."""
SHORTEST_WORD = 0.25
A_LETTER = 0.08
"""Seconds for each letter of a slow speaker. A longer word may cover words that were dropped."""
MARGIN = 0.2
"""Seconds added on both sides of speech that is decoded again, to keep its first and last sound."""


def missed_speech(
    utterances: Iterable[Utterance], voice: SpeechActivity, seconds: float
) -> list[tuple[float, float]]:
    """Return (start, end) of gaps between words that contain speech, in seconds of the block."""
    words = sorted(
        (word for utterance in utterances for word in utterance.words), key=lambda word: word.start
    )
    starts = [*(word.start for word in words), seconds]
    ends = [0.0, *(credible_end(word) for word in words)]
    return [
        (end, start)
        for end, start in zip(ends, starts, strict=True)
        if voice.within(end, start) >= LEAST_MISSED
    ]


def credible_end(word: Word) -> float:
    """Return the latest plausible end of *word* in seconds, from its number of characters."""
    return min(word.end, word.start + SHORTEST_WORD + A_LETTER * len(word.text.strip()))


def within(utterances: Iterable[Utterance], start: float, end: float) -> list[Utterance]:
    """Return the utterances, with only the words whose middle is in *start*..*end* (seconds)."""
    inside = []
    for utterance in utterances:
        words = tuple(word for word in utterance.words if start < (word.start + word.end) / 2 < end)
        if words:
            inside.append(replace(utterance, words=words))
    return inside


def with_margins(stretch: tuple[float, float], seconds: float) -> tuple[float, float]:
    """Widen an interval by `MARGIN` seconds on both sides, within 0..*seconds*."""
    return max(0.0, stretch[0] - MARGIN), min(seconds, stretch[1] + MARGIN)


def merged(utterances: list[Utterance], found: list[Utterance]) -> list[Utterance]:
    """Return both lists merged by time.

    Words of *found* that repeat a word of *utterances* are dropped. Words of *utterances* that
    overlap words of *found* are shortened.
    """
    known = [word for utterance in utterances for word in utterance.words]
    fresh = [
        replace(utterance, words=words)
        for utterance in found
        if (words := tuple(word for word in utterance.words if not _is_repeated(word, known)))
    ]
    starts = [utterance.words[0].start for utterance in fresh]
    cut = [
        replace(utterance, words=tuple(_shortened(word, starts) for word in utterance.words))
        for utterance in utterances
    ]
    return sorted([*cut, *fresh], key=lambda utterance: utterance.words[0].start)


def _is_repeated(word: Word, known: list[Word]) -> bool:
    """Return whether a word in *known* has the same text at about the same time as *word*."""
    text = word.text.strip(" .,?!").lower()
    return any(
        text == one.text.strip(" .,?!").lower()
        and one.start - 2 * MARGIN < word.end
        and word.start < credible_end(one) + 2 * MARGIN
        for one in known
    )


def _shortened(word: Word, starts: list[float]) -> Word:
    """Return *word* with its end moved to the first of *starts* (seconds) that lies inside it.

    The end is never moved before `credible_end`.
    """
    inside = [start for start in starts if word.start < start < word.end]
    return replace(word, end=max(credible_end(word), min(inside))) if inside else word
