"""Passages in groups by their meaning."""

import math

import numpy as np
from numpy.typing import NDArray

from search.dense import centres
from search.kept_map import Grouping
from search.layout import plane
from search.seen import Numbers, Seen

FITTED = 10_000  # passages that groups are made from; the others join the nearest
AT_ONCE = 20_000  # passages whose vectors are in memory together
MEMBERS = 200  # of a group, from which its middle is known again
FEWEST = 3  # groups


def grouped(seen: Seen, most: int) -> tuple[Numbers, NDArray[np.float32]]:
    """The number of each passage's group, the largest group first, and the groups' middles.

    Args:
        seen: the passages, more than a few.
        most: how many groups at most; half the root of the passages, where that is fewer.
    """
    count = min(most, max(FEWEST, round(math.sqrt(len(seen)) / 2)), len(seen))
    middles = centres(seen.some(FITTED).vectors(), count)
    numbers, order = by_size(joined(seen, middles), count)
    return numbers, middles[order]


def by_size(numbers: Numbers, count: int) -> tuple[Numbers, NDArray[np.int64]]:
    """New numbers for groups, the largest is 0 and none is empty; and the old number of each."""
    sizes = np.bincount(numbers, minlength=count)
    order = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    renamed = np.zeros(count, dtype=np.uint8)
    renamed[order] = np.arange(len(order), dtype=np.uint8)
    return renamed[numbers], order


def joined(seen: Seen, middles: NDArray[np.float32]) -> Numbers:
    """The number of the nearest middle for each passage."""
    found = np.zeros(len(seen), dtype=np.uint8)
    for first in range(0, len(seen), AT_ONCE):
        rows = np.arange(first, min(first + AT_ONCE, len(seen)))
        found[rows] = np.argmax(seen.only(rows).vectors() @ middles.T, axis=1)
    return found


def map_of(seen: Seen, most: int) -> Grouping:
    """The groups of all passages with their places."""
    numbers, middles = grouped(seen, most)
    order = np.argsort(seen.ids, kind="stable")
    return Grouping(seen.ids[order], numbers[order], plane(middles))


class Map:
    """A map that is kept, and the middles of its groups, by which newer passages join them."""

    def __init__(self, kept: Grouping, seen: Seen) -> None:
        self.kept = kept
        known, numbers = self._known(seen.ids)
        self.unknown = len(seen) - int(known.sum())
        self.gone = len(kept.ids) - int(known.sum())
        dimension = seen.halves[0].shape[1] if seen.halves else 1
        self._middles = np.zeros((len(kept.places), dimension), dtype=np.float32)
        for group in np.unique(numbers[known]):
            members = seen.only(known & (numbers == group)).some(MEMBERS).vectors()
            middle = members.mean(axis=0)
            self._middles[group] = middle / (np.linalg.norm(middle) or 1.0)

    def groups_of(self, seen: Seen) -> Numbers:
        """The number of each passage's group."""
        known, numbers = self._known(seen.ids)
        fresh = np.flatnonzero(~known)
        if len(fresh):
            numbers[fresh] = joined(seen.only(fresh), self._middles)
        return numbers

    def _known(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.bool_], Numbers]:
        kept = self.kept
        if not len(kept.ids):
            return np.zeros(len(ids), dtype=bool), np.zeros(len(ids), dtype=np.uint8)
        rows = np.minimum(np.searchsorted(kept.ids, ids), len(kept.ids) - 1)
        return kept.ids[rows] == ids, kept.groups[rows].copy()
