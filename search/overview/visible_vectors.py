"""Visible passages with references to their vectors, without a copy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.index.dense import Halves
from search.index.scope import SearchScope

Ids = NDArray[np.int64]
Chosen = NDArray[np.bool_] | NDArray[np.int64]
Numbers = NDArray[np.uint8]

SPREAD, WORD = np.uint64(2654435761), np.uint64(0xFFFFFFFF)  # Knuth's multiplicative hash


@dataclass(frozen=True)
class VisibleVectors:
    """Passages that a viewer may see, with references to their vectors."""

    ids: Ids
    segments: NDArray[np.int32]  # index into `halves` of each passage …
    rows: NDArray[np.int32]  # … and its row in that array
    halves: Sequence[Halves]

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, chosen: Chosen) -> "VisibleVectors":
        """Return the passages selected by a mask `(n,) bool` or by positions `(k,) int64`."""
        return VisibleVectors(
            self.ids[chosen], self.segments[chosen], self.rows[chosen], self.halves
        )

    def some(self, most: int) -> "VisibleVectors":
        """Return a deterministic pseudo-random sample of at most *most* passages."""
        if len(self) <= most:
            return self
        shuffled = (self.ids.astype(np.uint64) * SPREAD) & WORD
        return self.only(np.sort(np.argsort(shuffled, kind="stable")[:most]))

    def vectors(self) -> NDArray[np.float32]:
        """Return the vectors, `(passages, dimension) float32`."""
        dimension = self.halves[0].shape[1] if self.halves else 1
        found = np.empty((len(self), dimension), dtype=np.float32)
        for number, halves in enumerate(self.halves):
            here = np.flatnonzero(self.segments == number)
            found[here] = halves[self.rows[here]]
        return found


def seen_in(scope: SearchScope) -> VisibleVectors:
    """Return the passages of a search scope that have vectors."""
    ids, segments, rows = [np.empty(0, np.int64)], [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    halves = [segment.dense.halves() for segment in scope.segments]
    for number, (segment, mask) in enumerate(zip(scope.segments, scope.rows, strict=True)):
        here = np.ones(len(segment), dtype=bool) if mask is None else mask
        if not segment.complete:
            here = here & halves[number].any(axis=1)
        chosen = np.flatnonzero(here).astype(np.int32)
        ids.append(segment.ids[chosen])
        segments.append(np.full(len(chosen), number, dtype=np.int32))
        rows.append(chosen)
    return VisibleVectors(
        np.concatenate(ids), np.concatenate(segments), np.concatenate(rows), halves
    )
