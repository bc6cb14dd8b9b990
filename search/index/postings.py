"""Inverted index in three arrays: the slots of each key, with counts."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.text.terms import keys_of

Slots = NDArray[np.int32]
Counts = NDArray[np.float32]

_NOWHERE: tuple[Slots, Counts] = (np.empty(0, np.int32), np.empty(0, np.float32))


@dataclass(frozen=True)
class Postings:
    """Immutable inverted index. Keys are stems, speaker names, person ids, languages or kinds.

    A `Term` stands for all its keys: its slots are those of any of them.
    """

    numbers: Mapping[Hashable, int]  # index of each key in `offsets`
    offsets: NDArray[np.int64]  # first slot of each key, then the end, (keys + 1,)
    slots: Slots
    counts: NDArray[Any]  # (n,) float32, or uint8 if all counts are small integers

    def find(self, key: Hashable) -> tuple[Slots, Counts]:
        """Return the slots of *key*, ascending, `(n,) int32`, and its counts, `(n,) float32`."""
        ranges = self._ranges(key)
        if not ranges:
            return _NOWHERE
        if len(ranges) > 1:
            return self._united(ranges)
        return self.slots[ranges[0]], self.counts[ranges[0]].astype(np.float32, copy=False)

    def count(self, key: Hashable) -> int:
        """Return the number of slots in which *key* occurs."""
        ranges = self._ranges(key)
        if len(ranges) > 1:
            return len(self.slots_of(key))
        return int(ranges[0].stop - ranges[0].start) if ranges else 0

    def slots_of(self, key: Hashable) -> Slots:
        """Return the slots of *key*, ascending, `(n,) int32`."""
        ranges = self._ranges(key)
        if len(ranges) > 1:
            return np.unique(np.concatenate([self.slots[one] for one in ranges]))
        return self.slots[ranges[0]] if ranges else _NOWHERE[0]

    def _ranges(self, key: Hashable) -> list[slice]:
        """Return where the keys of a term are in `slots`."""
        numbers = [self.numbers.get(one) for one in keys_of(key)]
        return [slice(self.offsets[n], self.offsets[n + 1]) for n in numbers if n is not None]

    def _united(self, ranges: Sequence[slice]) -> tuple[Slots, Counts]:
        """Return the slots of several keys, ascending, with the sums of their counts."""
        slots, at = np.unique(
            np.concatenate([self.slots[one] for one in ranges]), return_inverse=True
        )
        counts = np.concatenate([self.counts[one] for one in ranges])
        return slots, np.bincount(at, weights=counts).astype(np.float32)


def collect(
    slots: Slots, found: Sequence[Sequence[Hashable]], counts: Iterable[float] | None = None
) -> Postings:
    """Build postings from the keys of each slot. A key may occur several times in a slot.

    Args:
        slots: slots, ascending, `(n,) int32`.
        found: the keys in each slot.
        counts: weight of each key occurrence, in slot order; None counts each as one.
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
    return _arranged(numbers, flat, np.repeat(slots.astype(np.int64), sizes), much)


def joined(several: Sequence[Postings], moved: Sequence[Slots]) -> Postings:
    """Return the merged postings of several indexes.

    Args:
        several: the indexes.
        moved: for each index, the new slot of each old slot, `(size,) int32`; -1 drops it.
    """
    numbers: dict[Hashable, int] = {}
    keys, slots, counts = [], [], []
    for postings, to in zip(several, moved, strict=True):
        renumbered = np.array(
            [numbers.setdefault(key, len(numbers)) for key in postings.numbers], dtype=np.int64
        )
        here = to[postings.slots]
        remaining = here >= 0
        keys.append(np.repeat(renumbered, np.diff(postings.offsets))[remaining])
        slots.append(here[remaining].astype(np.int64))
        counts.append(postings.counts[remaining].astype(np.float32))
    # Keys without slots are dropped: they may be redacted words.
    every = np.concatenate(keys)
    used = np.unique(every)
    names = list(numbers)
    new_numbers = {names[number]: slot for slot, number in enumerate(used.tolist())}
    return _arranged(
        new_numbers, np.searchsorted(used, every), np.concatenate(slots), np.concatenate(counts)
    )


def _arranged(
    numbers: Mapping[Hashable, int],
    keys: NDArray[np.int64],
    slots: NDArray[np.int64],
    counts: NDArray[Any],
) -> Postings:
    """Return postings sorted by key and slot. Counts of the same key and slot are summed.

    Args:
        numbers: number of each key.
        keys: number of the key of each occurrence, `(n,) int64`.
        slots: slot of each occurrence, `(n,)`.
        counts: count of each occurrence, `(n,)`.
    """
    width = int(slots.max(initial=0)) + 1
    slots = keys * width + slots
    order = np.argsort(slots, kind="stable")
    slots = slots[order]
    first = np.flatnonzero(np.concatenate(([True], slots[1:] != slots[:-1]))[: len(slots)])
    summed = np.add.reduceat(counts[order], first) if len(first) else np.empty(0)
    slots = slots[first]
    offsets = np.searchsorted(slots, np.arange(len(numbers) + 1, dtype=np.int64) * width)
    return Postings(numbers, offsets, (slots % width).astype(np.int32), _small(summed))


def _small(counts: NDArray[Any]) -> NDArray[Any]:
    """Return the counts as uint8 if that is exact, else as float32."""
    whole = counts.astype(np.uint8, casting="unsafe")
    return whole if np.array_equal(whole, counts) else counts.astype(np.float32)
