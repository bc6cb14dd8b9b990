"""Segmentation: the words of a text, also in scripts without spaces between words.

Chinese, Japanese, Korean, Thai and similar texts are cut into overlapping pairs of characters, as
in the CJK analyzer of Lucene. So a word is found inside a sentence without a dictionary.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from search.text.folding import fold, fold_text, split_words

_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Myanmar, Khmer
    "\u3005\u3040-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\uac00-\ud7af"  # Hangul: particles follow a word without a space
)
UNSPACED = re.compile(f"[{_UNSPACED}]")
_RUNS = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
LONGEST = 40  # characters of a compound

_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0711\u0900-\u0903"
    "\u093a-\u094f\u0962\u0963\u0981-\u0983\u09bc-\u09d7\u0a01-\u0a03\u0a3c-\u0a51\u0abc-\u0acd"
    "\u0b01-\u0b03\u0b3c-\u0b57\u0bbe-\u0bcd\u0c00-\u0c04\u0c3e-\u0c56\u0cbc-\u0cd6\u0d00-\u0d03"
    "\u0d3b-\u0d4d\u0dca-\u0ddf\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"
    "\u102b-\u103e\u17b4-\u17d3\u3099\u309a"
)
WRITTEN_WORD = f"[^\\W_](?:[^\\W_]|[{_MARKS}])*"  # pattern of a word as written, with its marks
_UNITS = re.compile(f".[{_MARKS}]*", re.DOTALL)

HYPHEN = "\u2010"  # beside the hyphen of the keyboard
_HYPHENED = re.compile(f"[^\\W_]+(?:[-{HYPHEN}][^\\W_]+)+")
# A word with signs that belong to it: c++, c#, .net.
_SIGNED = re.compile(r"(?<![^\W_])(?:[^\W_](?:\+\+|\#)|\.[a-z][a-z]+)(?![^\W_])")


def words(text: str) -> list[str]:
    """Return the folded words of a text in their order."""
    return split(fold_text(text))


def split(folded: str) -> list[str]:
    """Return the words of a folded text in their order."""
    found = split_words(folded)
    if folded.isascii() or not UNSPACED.search(folded):
        return found
    return [word for written in found for word in _cut(written)]


def _cut(written: str) -> Iterator[str]:
    for run in _RUNS.findall(written):
        if UNSPACED.match(run):
            yield from pairs(_UNITS.findall(run))
        else:
            yield run


def pairs(characters: Sequence[str]) -> list[str]:
    """Return the overlapping pairs of characters; a single character alone."""
    return [a + b for a, b in pairwise(characters)] or list(characters)


def additional_words(folded: str) -> list[str]:
    """Return what a folded text also says: compounds, words with signs, single characters.

    "e-mail" is also "email". The parts of a compound are words of the text already.
    """
    found = [word for word, _ in compounds(folded)] + signed_words(folded)
    if not folded.isascii() and UNSPACED.search(folded):
        found += [
            unit
            for run in _RUNS.findall(folded)
            if UNSPACED.match(run) and len(units := _UNITS.findall(run)) > 1
            for unit in units
        ]
    return found


def compounds(folded: str) -> list[tuple[str, Sequence[str]]]:
    """Return the words with hyphens in a folded text, without the hyphens, and their parts.

    Numbers are not joined.
    """
    if "-" not in folded and HYPHEN not in folded:
        return []
    return [
        ("".join(run), run)
        for written in folded.split()
        if "-" in written or HYPHEN in written
        for hyphened in _HYPHENED.findall(written)
        for run in _runs(hyphened.replace(HYPHEN, "-").split("-"))
        if sum(map(len, run)) <= LONGEST
    ]


def _runs(parts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield all parts of a compound, and each two that are adjacent, without pairs of numbers."""
    for run in (parts, *(pairwise(parts) if len(parts) > 2 else ())):
        if not any(a.isdigit() and b.isdigit() for a, b in pairwise(run)):
            yield run


def signed_words(folded: str) -> list[str]:
    """Return the words of a folded text to which signs belong: c++, c#, .net."""
    if "+" in folded or "#" in folded or " ." in folded or folded.startswith("."):
        return _SIGNED.findall(folded)
    return []


def spans_of(written: str, sought: AbstractSet[str]) -> list[tuple[int, int]]:
    """Return where the words *sought* are in a run of characters without spaces.

    Args:
        written: a word as `WRITTEN` finds it, with characters of a script without spaces.
        sought: keys of words in the index.

    Returns:
        Ranges of characters, end exclusive. Ranges that touch or overlap are joined.
    """
    places = [match.span() for match in _UNITS.finditer(written)]
    ranges: list[tuple[int, int]] = []
    for number, (first, end) in enumerate(places):
        for last in places[number : number + 2]:
            if fold(written[first : last[1]]) in sought:
                if ranges and first <= ranges[-1][1]:
                    ranges[-1] = (ranges[-1][0], max(end, last[1]))
                else:
                    ranges.append((first, last[1]))
    return ranges
