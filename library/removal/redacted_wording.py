"""Keyed hashes of words redacted from a note, to find them in an older copy of the note."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from library.removal.quotations import RUN, WORD

Keyed = Callable[[str], str]  # the keyed hash of a text


def described(keyed: Keyed, paragraph: str, words: str) -> dict[str, Any]:
    """Return keyed hashes with which `found_in` finds *words* again, without the words themselves.

    *keyed* computes the keyed hash of a text. An unchanged copy of the paragraph is found by its
    keyed hash. `from` and `to` are the position of the words in it, in characters. In a changed
    copy, the words are found by the keyed hashes of n-grams of `run` words.
    """
    start = paragraph.find(words)
    folded = [word.casefold() for word in WORD.findall(words)]
    run = min(RUN, len(folded)) or 1
    places = range(len(folded) - run + 1)
    return {
        "paragraph": keyed(paragraph),
        "from": start,
        "to": start + len(words),
        "run": run,
        "runs": sorted({keyed(" ".join(folded[i : i + run])) for i in places}),
    }


def found_in(
    keyed: Keyed, line: Mapping[str, Any], paragraphs: Sequence[str]
) -> list[tuple[int, str]]:
    """Return (paragraph number, text) for each place of the words that *line* describes by hashes.

    *line* has the result of `described`, and *keyed* computes the keyed hash of a text. The last
    place comes first.
    """
    for number, text in enumerate(paragraphs):
        if keyed(text) == line["paragraph"]:
            return [(number, text[line["from"] : line["to"]])]
    found = [
        (number, piece)
        for number, text in enumerate(paragraphs)
        for piece in _pieces(keyed, line["run"], set(line["runs"]), text)
    ]
    return found[::-1]


def _pieces(keyed: Keyed, run: int, runs: set[str], text: str) -> Iterator[str]:
    """Yield the parts of a text in which each sequence of *run* words has a hash in *runs*."""
    words = list(WORD.finditer(text))
    folded = [word.group().casefold() for word in words]
    known = [keyed(" ".join(folded[i : i + run])) in runs for i in range(len(words) - run + 1)]
    first: int | None = None
    for place, is_one in enumerate([*known, False]):
        if is_one and first is None:
            first = place
        elif not is_one and first is not None:
            yield text[words[first].start() : words[place + run - 2].end()]
            first = None
