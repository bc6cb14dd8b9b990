"""Where each key occurs on a line of passages: an inverted index in three arrays."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

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
    counts: NDArray[Any]  # as `Counts`; small whole numbers take one byte each

    def find(self, key: Hashable) -> tuple[Places, Counts]:
        """The places of *key*, ascending, and how much of it is at each; shapes (n,) and (n,)."""
        number = self.numbers.get(key)
        if number is None:
            return _NOWHERE
        first, last = self.offsets[number], self.offsets[number + 1]
        return self.places[first:last], self.counts[first:last].astype(np.float32, copy=False)

    def count(self, key: Hashable) -> int:
        """At how many places *key* occurs."""
        number = self.numbers.get(key)
        return 0 if number is None else int(self.offsets[number + 1] - self.offsets[number])

    def places_of(self, key: Hashable) -> Places:
        """The places of *key*, ascending, shape (n,)."""
        number = self.numbers.get(key)
        if number is None:
            return _NOWHERE[0]
        return self.places[self.offsets[number] : self.offsets[number + 1]]


def collect(
    places: Places, found: Sequence[Sequence[Hashable]], counts: Iterable[float] | None = None
) -> Postings:
    """The index of what was found at each place; a key may come up repeatedly.

    Args:
        places: where, ascending.
        found: the keys at each of them.
        counts: how much there is of each key, one place after the other; None: one of each.
    """
    numbers: dict[Hashable, int] = {}
    for keys in found:
        for key in keys:
            if key not in numbers:
                numbers[key] = len(numbers)
    sizes = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
    flat = np.fromiter(
        map(numbers.__getitem__, chain.from_iterable(found)), dtype=np.int64, count=sizes.sum()
    )
    much = np.ones(len(flat)) if counts is None else np.fromiter(counts, np.float64, len(flat))
    return _arranged(numbers, flat, np.repeat(places.astype(np.int64), sizes), much)


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
        counts.append(postings.counts[kept].astype(np.float32))
    # A key that is left nowhere goes: it may be a word that somebody took off the record.
    every = np.concatenate(keys)
    used = np.unique(every)
    names = list(numbers)
    left = {names[number]: place for place, number in enumerate(used.tolist())}
    return _arranged(
        left, np.searchsorted(used, every), np.concatenate(places), np.concatenate(counts)
    )


def _arranged(
    numbers: Mapping[Hashable, int],
    keys: NDArray[np.int64],
    places: NDArray[np.int64],
    counts: NDArray[Any],
) -> Postings:
    """Sort by key, then place, and add up what a key has at one place."""
    width = int(places.max(initial=0)) + 1
    slots = keys * width + places
    order = np.argsort(slots, kind="stable")
    slots = slots[order]
    first = np.flatnonzero(np.concatenate(([True], slots[1:] != slots[:-1]))[: len(slots)])
    summed = np.add.reduceat(counts[order], first) if len(first) else np.empty(0)
    slots = slots[first]
    offsets = np.searchsorted(slots, np.arange(len(numbers) + 1, dtype=np.int64) * width)
    return Postings(numbers, offsets, (slots % width).astype(np.int32), _small(summed))


def _small(counts: NDArray[Any]) -> NDArray[Any]:
    """Counts in as few bytes as hold them exactly."""
    whole = counts.astype(np.uint8, casting="unsafe")
    return whole if np.array_equal(whole, counts) else counts.astype(np.float32)
