"""Words that are spelled nearly like one that was asked for.

A recogniser writes a name as it heard it, people slip, and a stemmer leaves words of one family
apart ("theologian", "theology"). Whole vocabularies are compared by the pairs of letters that two
words share, which an inverted index counts at once; the best of them letter by letter.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

SHORTEST = 4  # letters of a word that can be told from another by most of them
PAIRS = 0.45  # share of pairs of letters in common (Dice 1945) from which on words are compared
COMPARED = 40
ALIKE = 0.75  # share of letters in common and in order, from which on words are alike
STEPS = 16  # likeness in so many steps: sums of such fractions are exact
REMEMBERED = 4096  # words; a question's words come up again

_EDGE = "{"  # follows z: the edge of a word counts as a letter
_CODES = 32


class Spellings:
    """The stems of one part of an index, by the pairs of letters in them."""

    def __init__(self, stems: Sequence[str]) -> None:
        self._stems = [s for s in stems if len(s) >= SHORTEST and s.isalpha()]
        pairs, owners = _paired(self._stems)
        order = np.argsort(pairs, kind="stable")
        self._owners = owners[order]
        self._bounds = np.searchsorted(pairs[order], np.arange(_CODES * _CODES + 1))
        self._least = np.array([PAIRS / 2 * (len(s) + 1) for s in self._stems], dtype=np.float32)
        self.like = lru_cache(REMEMBERED)(self._like)

    def _like(self, stem: str) -> Mapping[str, float]:
        """Other stems that are spelled nearly like *stem*, with how nearly: 0..1."""
        if len(stem) < SHORTEST or not stem.isalpha() or not self._stems:
            return {}
        pairs, _ = _paired([stem])
        having = [self._owners[self._bounds[p] : self._bounds[p + 1]] for p in pairs.tolist()]
        shared = np.bincount(np.concatenate(having), minlength=len(self._stems))
        surplus = shared - self._least
        near = np.flatnonzero(surplus >= PAIRS / 2 * len(pairs))
        near = near[np.argsort(-surplus[near], kind="stable")][:COMPARED]
        found = {other: _likeness(stem, other) for other in map(self._stems.__getitem__, near)}
        return {other: share for other, share in found.items() if share > 0 and other != stem}


def _likeness(one: str, other: str) -> float:
    """0.5 for words that are just alike, 1 for the same."""
    share = fuzz.ratio(one, other, score_cutoff=100 * ALIKE) / 100
    return round((2 * share - 1) * STEPS) / STEPS if share else 0.0


def _paired(stems: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The pairs of neighbouring letters of all stems as numbers, and whose each of them is."""
    text = _EDGE + _EDGE.join(stems) + _EDGE
    letters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    owners = np.cumsum(letters == ord(_EDGE), dtype=np.int32) - 1
    codes = letters.astype(np.int64) % _CODES
    return codes[:-1] * _CODES + codes[1:], owners[:-1]
