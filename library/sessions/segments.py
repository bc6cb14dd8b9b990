"""Segments that are not saved yet, and their words, as plain values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

LONGEST_TEXT = 20_000  # characters of one segment


@dataclass(frozen=True, kw_only=True)
class SegmentDraft:
    """Segment from `start` to `end` (seconds). A paragraph of a note has no times."""

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str = ""
    words: Sequence[tuple[str, float, float, float]] = ()  # text, start, end (s), probability
    suspect: str = ""  # why it may be hallucinated; such segments are not indexed
    place: str = ""  # page or paragraph in its file: "p. 3"


class SpokenWord(NamedTuple):
    """Word of a transcript with its start and end in seconds. Words of a note have no times."""

    text: str
    start: float | None
    end: float | None
    probability: float | None = None  # of the recognizer; None: the time is an estimate


def spoken_words(
    text: str, start: float | None, end: float | None, timed: Sequence[Any] = ()
) -> list[SpokenWord]:
    """Return the words of one segment in order, with their times.

    Args:
        text: text of the segment; white space separates its words.
        start: start of the segment in seconds; None in a note.
        end: end of the segment in seconds; None in a note.
        timed: recognized words, each (text, start, end, probability). They are used if *text* has
            the same number of words. Else times are divided in proportion to the letters, and the
            probability is None.
    """
    words = text.split()
    recognised = list(_joined(timed))
    if len(recognised) == len(words):
        return [
            SpokenWord(word, one[1], one[2], one[3])
            for word, one in zip(words, recognised, strict=True)
        ]
    if start is None or end is None:
        return [SpokenWord(w, start, end) for w in words]
    return [SpokenWord(w, a, b) for w, (a, b) in zip(words, spread(words, start, end), strict=True)]


def spread(words: Sequence[str], start: float, end: float) -> list[tuple[float, float]]:
    """Return (start, end) of each word, with *start* to *end* divided in proportion to letters.

    All times are in seconds.
    """
    reached = list(accumulate((len(w) + 1 for w in words), initial=0))
    scale = (end - start) / max(1, reached[-1])
    ends = [min(end, start + scale * at) for at in reached]
    return list(pairwise(ends))


def spread_one(words: Sequence[str], start: float, end: float, number: int) -> tuple[float, float]:
    """Return start and end (seconds) of the word with index *number*, as `spread` computes them."""
    before = number + sum(map(len, words[:number]))
    scale = (end - start) / max(1, len(words) + sum(map(len, words)))
    after = before + 1 + len(words[number])
    return min(end, start + scale * before), min(end, start + scale * after)


def _joined(timed: Sequence[Any]) -> Iterator[tuple[str, float, float, float]]:
    """Join recognized tokens into words: Whisper splits "a-b" or "5%" into several tokens."""
    if not any(str(one[0])[:1].isspace() for one in timed[1:]):
        yield from ((one[0], one[1], one[2], _sure(one)) for one in timed)
        return
    word: tuple[str, float, float, float] | None = None
    for one in timed:
        text = str(one[0])
        if word is None or text[:1].isspace():
            if word is not None:
                yield word
            word = (text, one[1], one[2], _sure(one))
        else:
            word = (word[0] + text, word[1], one[2], min(word[3], _sure(one)))
    if word is not None:
        yield word


def _sure(one: Sequence[Any]) -> float:
    return one[3] if len(one) > 3 else 1.0
