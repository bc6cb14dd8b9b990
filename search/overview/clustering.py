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


def grouped(visible: VisibleVectors, most: int) -> tuple[Numbers, NDArray[np.float32]]:
    """Cluster passages; the largest group has number 0.

    Args:
        visible: the passages.
        most: maximum number of groups. Half the square root of the number of passages is a second
            limit.

    Returns:
        The group of each passage `(n,) uint8`, and the centroids `(groups, dimension) float32`.
    """
    count = min(most, max(FEWEST, round(math.sqrt(len(visible)) / 2)), len(visible))
    middles = kmeans_centroids(visible.some(FITTED).vectors(), count)
    numbers, order = by_size(joined(visible, middles), count)
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


def joined(visible: VisibleVectors, middles: NDArray[np.float32]) -> Numbers:
    """Return the number of the nearest centroid of each passage, `(n,) uint8`.

    *middles* holds the centroids, `(groups, dimension) float32`.
    """
    found = np.zeros(len(visible), dtype=np.uint8)
    for first in range(0, len(visible), AT_ONCE):
        rows = np.arange(first, min(first + AT_ONCE, len(visible)))
        found[rows] = np.argmax(visible.only(rows).vectors() @ middles.T, axis=1)
    return found


def map_of(visible: VisibleVectors, most: int) -> Grouping:
    """Return all passages in at most *most* groups, with the positions of the groups on a plane."""
    numbers, middles = grouped(visible, most)
    order = np.argsort(visible.ids, kind="stable")
    return Grouping(visible.ids[order], numbers[order], mds(middles))


class Map:
    """A stored grouping with centroids. Passages newer than the grouping join the nearest group."""

    def __init__(self, grouping: Grouping, visible: VisibleVectors) -> None:
        self.grouping = grouping
        known, numbers = self._known(visible.ids)
        self.unknown = len(visible) - int(known.sum())
        self.missing = len(grouping.ids) - int(known.sum())
        dimension = visible.halves[0].shape[1] if visible.halves else 1
        self._middles = np.zeros((len(grouping.places), dimension), dtype=np.float32)
        for group in np.unique(numbers[known]):
            members = visible.only(known & (numbers == group)).some(MEMBERS).vectors()
            middle = members.mean(axis=0)
            self._middles[group] = middle / (np.linalg.norm(middle) or 1.0)

    def groups_of(self, visible: VisibleVectors) -> Numbers:
        """Return the group of each passage, `(n,) uint8`."""
        known, numbers = self._known(visible.ids)
        fresh = np.flatnonzero(~known)
        if len(fresh):
            numbers[fresh] = joined(visible.only(fresh), self._middles)
        return numbers

    def _known(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.bool_], Numbers]:
        grouping = self.grouping
        if not len(grouping.ids):
            return np.zeros(len(ids), dtype=bool), np.zeros(len(ids), dtype=np.uint8)
        rows = np.minimum(np.searchsorted(grouping.ids, ids), len(grouping.ids) - 1)
        return grouping.ids[rows] == ids, grouping.groups[rows].copy()
