"""When each word of a segment was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

CLOSING = "\"')]\N{RIGHT SINGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
STOPS = (".", "!", "?", "\N{HORIZONTAL ELLIPSIS}")


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word as it is written, and its seconds; a note's words have none."""

    text: str
    start: float | None
    end: float | None


def ends_sentence(word: str) -> bool:
    """Whether a sentence ends with this word, as it is written."""
    return word.rstrip(CLOSING).endswith(STOPS)


def spoken_words(
    text: str, start: float | None, end: float | None, timed: Sequence[Any] = ()
) -> list[SpokenWord]:
    """The words of one segment in their order.

    Args:
        text: the segment's text; its words are what white space separates.
        start: second at which the segment starts; None in a note.
        end: second at which it ends.
        timed: the recogniser's words, each (text, start, end, …); without them, or where they
            are not the words of *text*, times follow the number of letters.
    """
    words = text.split()
    if len(timed) == len(words):
        return [SpokenWord(w, t[1], t[2]) for w, t in zip(words, timed, strict=True)]
    if start is None or end is None:
        return [SpokenWord(w, start, end) for w in words]
    reached = list(accumulate((len(w) + 1 for w in words), initial=0))
    scale = (end - start) / max(1, reached[-1])
    return [
        SpokenWord(w, start + scale * a, start + scale * b)
        for w, a, b in zip(words, reached, reached[1:], strict=False)
    ]
