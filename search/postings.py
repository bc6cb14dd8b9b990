"""Where each key occurs on a line of passages: an inverted index in three arrays."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int32]
Counts = NDArray[np.float32]

_NOWHERE: tuple[Places, Counts] = (np.empty(0, np.int32), np.empty(0, np.float32))


class LexicalIndex(Protocol):
    """Where a key occurs; another engine can stand in by answering this."""

    def find(self, key: Hashable) -> tuple[Places, Counts]:
        """The places of *key*, ascending, and how much of it is at each; shapes (n,) and (n,)."""


@dataclass(frozen=True)
class Postings:
    """An immutable inverted index; keys are stems, names or numbers of people."""

    numbers: Mapping[Hashable, int]  # the number of each key
    offsets: NDArray[np.int64]  # where each key's places begin, and the end of the last
    places: Places
    counts: Counts

    def find(self, key: Hashable) -> tuple[Places, Counts]:
        """The places of *key*, ascending, and how much of it is at each; shapes (n,) and (n,)."""
        number = self.numbers.get(key)
        if number is None:
            return _NOWHERE
        first, last = self.offsets[number], self.offsets[number + 1]
        return self.places[first:last], self.counts[first:last]


def collect(content: Iterable[tuple[int, Iterable[tuple[Hashable, float]]]]) -> Postings:
    """The index of (place, its keys with how much of each); a key may come up repeatedly."""
    numbers: dict[Hashable, int] = {}
    keys: list[int] = []
    places: list[int] = []
    counts: list[float] = []
    for place, found in content:
        for key, count in found:
            keys.append(numbers.setdefault(key, len(numbers)))
            places.append(place)
            counts.append(count)
    return _arranged(
        numbers, np.array(keys, np.int64), np.array(places, np.int64), np.array(counts, np.float32)
    )


def joined(several: Sequence[Postings], moved: Sequence[Places]) -> Postings:
    """One index out of several.

    Args:
        several: the indexes.
        moved: for each, the new place of every old one; -1 for what is left behind.
    """
    numbers: dict[Hashable, int] = {}
    keys, places, counts = [], [], []
    for postings, to in zip(several, moved, strict=True):
        renumbered = np.array(
            [numbers.setdefault(key, len(numbers)) for key in postings.numbers], dtype=np.int64
        )
        here = to[postings.places]
        kept = here >= 0
        keys.append(np.repeat(renumbered, np.diff(postings.offsets))[kept])
        places.append(here[kept].astype(np.int64))
        counts.append(postings.counts[kept])
    return _arranged(numbers, np.concatenate(keys), np.concatenate(places), np.concatenate(counts))


def _arranged(
    numbers: Mapping[Hashable, int],
    keys: NDArray[np.int64],
    places: NDArray[np.int64],
    counts: Counts,
) -> Postings:
    """Sort by key, then place, and add up what a key has at one place."""
    width = int(places.max(initial=0)) + 1
    slots, slot_of = np.unique(keys * width + places, return_inverse=True)
    summed = np.bincount(slot_of, weights=counts, minlength=len(slots)).astype(np.float32)
    offsets = np.searchsorted(slots, np.arange(len(numbers) + 1, dtype=np.int64) * width)
    return Postings(numbers, offsets, (slots % width).astype(np.int32), summed)
