"""Clustering of passages by their vectors."""

import math

import numpy as np
from numpy.typing import NDArray

from search.index.dense import kmeans_centroids
from search.overview.map_store import Grouping
from search.overview.projection import mds
from search.overview.visible_vectors import Numbers, VisibleVectors

FITTED = 10_000  # passages used for k-means; the others join the nearest group
AT_ONCE = 20_000  # passages per batch of vectors in memory
MEMBERS = 200  # passages of a group used to compute its centroid
FEWEST = 3  # minimum number of groups


def grouped(seen: VisibleVectors, most: int) -> tuple[Numbers, NDArray[np.float32]]:
    """Cluster passages; the largest group has number 0.

    Args:
        seen: the passages.
        most: maximum number of groups; at most half the square root of the passages is used.

    Returns:
        The group of each passage `(n,) uint8`, and the centroids `(groups, dimension) float32`.
    """
    count = min(most, max(FEWEST, round(math.sqrt(len(seen)) / 2)), len(seen))
    middles = kmeans_centroids(seen.some(FITTED).vectors(), count)
    numbers, order = by_size(joined(seen, middles), count)
    return numbers, middles[order]


def by_size(numbers: Numbers, count: int) -> tuple[Numbers, NDArray[np.int64]]:
    """Renumber groups by size, largest first, and drop empty ones.

    Args:
        numbers: the group of each passage, `(n,) uint8`.
        count: number of groups.

    Returns:
        The new numbers `(n,) uint8`, and the old number of each new group `(groups,) int64`.
    """
    sizes = np.bincount(numbers, minlength=count)
    order = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    renamed = np.zeros(count, dtype=np.uint8)
    renamed[order] = np.arange(len(order), dtype=np.uint8)
    return renamed[numbers], order


def joined(seen: VisibleVectors, middles: NDArray[np.float32]) -> Numbers:
    """Return the nearest centroid of each passage, `(n,) uint8`.

    *middles* holds the centroids, `(groups, dimension) float32`.
    """
    found = np.zeros(len(seen), dtype=np.uint8)
    for first in range(0, len(seen), AT_ONCE):
        rows = np.arange(first, min(first + AT_ONCE, len(seen)))
        found[rows] = np.argmax(seen.only(rows).vectors() @ middles.T, axis=1)
    return found


def map_of(seen: VisibleVectors, most: int) -> Grouping:
    """Return the grouping of all passages with positions of the groups."""
    numbers, middles = grouped(seen, most)
    order = np.argsort(seen.ids, kind="stable")
    return Grouping(seen.ids[order], numbers[order], mds(middles))


class Map:
    """A stored grouping with the centroids of its groups, to which newer passages are assigned."""

    def __init__(self, kept: Grouping, seen: VisibleVectors) -> None:
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

    def groups_of(self, seen: VisibleVectors) -> Numbers:
        """Return the group of each passage, `(n,) uint8`."""
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
