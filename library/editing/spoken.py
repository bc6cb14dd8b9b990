"""When each word of a segment was said."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple


class SpokenWord(NamedTuple):
    """A word as it is written, and its seconds; a note's words have none."""

    text: str
    start: float | None
    end: float | None
    probability: float | None = None  # how sure the recogniser was; None: the time is a guess


def spoken_words(
    text: str, start: float | None, end: float | None, timed: Sequence[Any] = ()
) -> list[SpokenWord]:
    """The words of one segment in their order.

    Args:
        text: the segment's text; its words are what white space separates.
        start: second at which the segment starts; None in a note.
        end: second at which it ends.
        timed: the recogniser's words, each (text, start, end, probability); without them, or where
            they are not the words of *text*, times follow the number of letters.
    """
    words = text.split()
    heard = list(_joined(timed))
    if len(heard) == len(words):
        return [
            SpokenWord(word, one[1], one[2], one[3]) for word, one in zip(words, heard, strict=True)
        ]
    if start is None or end is None:
        return [SpokenWord(w, start, end) for w in words]
    return [SpokenWord(w, a, b) for w, (a, b) in zip(words, spread(words, start, end), strict=True)]


def spread(words: Sequence[str], start: float, end: float) -> list[tuple[float, float]]:
    """The seconds from *start* to *end*, shared out by the number of letters."""
    reached = list(accumulate((len(w) + 1 for w in words), initial=0))
    scale = (end - start) / max(1, reached[-1])
    ends = [min(end, start + scale * at) for at in reached]
    return list(pairwise(ends))


def spread_one(words: Sequence[str], start: float, end: float, number: int) -> tuple[float, float]:
    """The seconds of one of the words, as `spread` shares them out."""
    before = number + sum(map(len, words[:number]))
    scale = (end - start) / max(1, len(words) + sum(map(len, words)))
    after = before + 1 + len(words[number])
    return min(end, start + scale * before), min(end, start + scale * after)


def _joined(timed: Sequence[Any]) -> Iterator[tuple[str, float, float, float]]:
    """The recogniser's words as white space separates them: it counts "a-b" or "5%" as several."""
    if not any(str(one[0])[:1].isspace() for one in timed[1:]):
        yield from ((one[0], one[1], one[2], _sure(one)) for one in timed)
        return
    whole: tuple[str, float, float, float] | None = None
    for one in timed:
        text = str(one[0])
        if whole is None or text[:1].isspace():
            if whole is not None:
                yield whole
            whole = (text, one[1], one[2], _sure(one))
        else:
            whole = (whole[0] + text, whole[1], one[2], min(whole[3], _sure(one)))
    if whole is not None:
        yield whole


def _sure(one: Sequence[Any]) -> float:
    return one[3] if len(one) > 3 else 1.0
