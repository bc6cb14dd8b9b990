"""Similarly spelled words.

Speech recognition spells names by their sound, people make typing errors, and stemming separates
words of one family ("theologian", "theology"). Candidates come from an inverted index of letter
bigrams. The best of them are compared letter by letter.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

SHORTEST = 4  # minimum letters of a word for the comparison
PAIRS = 0.45  # minimum Dice coefficient (Dice 1945) of the bigrams for a comparison
COMPARED = 40  # maximum number of stems compared letter by letter
ALIKE = 0.75  # minimum ratio of common letters in order for similar words
STEPS = 16  # similarity is rounded to 1/STEPS: sums of such fractions are exact
REMEMBERED = 4096  # cached words

_EDGE = "{"  # the character after z; it stands for the edge of a word
_CODES = 32


class Spellings:
    """Stems of one index segment, indexed by letter bigrams."""

    def __init__(self, stems: Sequence[str]) -> None:
        self._stems = [s for s in stems if len(s) >= SHORTEST and s.isalpha()]
        pairs, owners = _paired(self._stems)
        order = np.argsort(pairs, kind="stable")
        self._owners = owners[order]
        self._bounds = np.searchsorted(pairs[order], np.arange(_CODES * _CODES + 1))
        self._least = np.array([PAIRS / 2 * (len(s) + 1) for s in self._stems], dtype=np.float32)
        self.like = lru_cache(REMEMBERED)(self._like)

    def _like(self, stem: str) -> Mapping[str, float]:
        """Return similarly spelled stems with their similarity (0..1)."""
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
    """Return the similarity of two words: 0 below the limit `ALIKE`, 1 for equal words."""
    share = fuzz.ratio(one, other, score_cutoff=100 * ALIKE) / 100
    return round((2 * share - 1) * STEPS) / STEPS if share else 0.0


def _paired(stems: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the letter bigrams of all stems as codes.

    Returns:
        Codes `(n,) int64`, and the index of the stem of each bigram, `(n,) int32`.
    """
    text = _EDGE + _EDGE.join(stems) + _EDGE
    letters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    owners = np.cumsum(letters == ord(_EDGE), dtype=np.int32) - 1
    codes = letters.astype(np.int64) % _CODES
    return codes[:-1] * _CODES + codes[1:], owners[:-1]
