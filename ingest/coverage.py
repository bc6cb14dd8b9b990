"""Voices that no word stands for: Whisper sometimes ends a window early and drops its rest."""

from collections.abc import Iterable
from dataclasses import replace

from ingest.heard import Said, Word
from ingest.voice import Voice

WORTH_HEARING = 1.5
"""Seconds of voice without a word that are listened to again: about four words. Less is mostly
a sigh or an "um", for which Whisper makes up words."""
SHORTEST_WORD = 0.25
A_LETTER = 0.08
"""Seconds for each letter: a slow speaker's. A word that lasts longer hides what was dropped."""
MARGIN = 0.2
"""Seconds listened to on both sides, so that no first or last sound is cut off."""


def uncovered(said: Iterable[Said], voice: Voice, seconds: float) -> list[tuple[float, float]]:
    """Stretches (seconds of the block) with a voice but no words."""
    words = sorted((word for one in said for word in one.words), key=lambda word: word.start)
    starts = [*(word.start for word in words), seconds]
    ends = [0.0, *(credible_end(word) for word in words)]
    return [
        (end, start)
        for end, start in zip(ends, starts, strict=True)
        if voice.within(end, start) >= WORTH_HEARING
    ]


def credible_end(word: Word) -> float:
    """Where *word* ends at the latest, if it is not drawn out over what follows."""
    return min(word.end, word.start + SHORTEST_WORD + A_LETTER * len(word.text.strip()))


def within(said: Iterable[Said], start: float, end: float) -> list[Said]:
    """What was said between *start* and *end*: the words whose middle lies there."""
    inside = []
    for one in said:
        words = tuple(word for word in one.words if start < (word.start + word.end) / 2 < end)
        if words:
            inside.append(replace(one, words=words))
    return inside


def around(stretch: tuple[float, float], seconds: float) -> tuple[float, float]:
    """A stretch with its margins, within a block of *seconds*."""
    return max(0.0, stretch[0] - MARGIN), min(seconds, stretch[1] + MARGIN)


def merged(said: list[Said], found: list[Said]) -> list[Said]:
    """Both in order: no word heard twice, none drawn out over what was found."""
    known = [word for one in said for word in one.words]
    fresh = [
        replace(one, words=words)
        for one in found
        if (words := tuple(word for word in one.words if not _heard_twice(word, known)))
    ]
    starts = [one.words[0].start for one in fresh]
    cut = [
        replace(one, words=tuple(_shortened(word, starts) for word in one.words)) for one in said
    ]
    return sorted([*cut, *fresh], key=lambda one: one.words[0].start)


def _heard_twice(word: Word, known: list[Word]) -> bool:
    """Whether a known word with the same text lies within the margins of *word*."""
    text = word.text.strip(" .,?!").lower()
    return any(
        text == one.text.strip(" .,?!").lower()
        and one.start - 2 * MARGIN < word.end
        and word.start < credible_end(one) + 2 * MARGIN
        for one in known
    )


def _shortened(word: Word, starts: list[float]) -> Word:
    """*word*, ending before the first of *starts* that lies in it."""
    inside = [start for start in starts if word.start < start < word.end]
    return replace(word, end=max(credible_end(word), min(inside))) if inside else word
