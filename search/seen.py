"""The passages that somebody may see, with their vectors left where they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.area import Area
from search.dense import Halves

Ids = NDArray[np.int64]
Chosen = NDArray[np.bool_] | NDArray[np.int64]
Numbers = NDArray[np.uint8]

SPREAD, WORD = np.uint64(2654435761), np.uint64(0xFFFFFFFF)  # Knuth's multiplicative hash


@dataclass(frozen=True)
class Seen:
    """Passages, and where their vectors are."""

    ids: Ids
    parts: NDArray[np.int32]  # in which of `halves` the vector of each is …
    rows: NDArray[np.int32]  # … and in which row
    halves: Sequence[Halves]

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, chosen: Chosen) -> "Seen":
        """Those of them that are chosen, by a mask or by their numbers."""
        return Seen(self.ids[chosen], self.parts[chosen], self.rows[chosen], self.halves)

    def some(self, most: int) -> "Seen":
        """Some of them, from all times alike; the same ones each time."""
        if len(self) <= most:
            return self
        shuffled = (self.ids.astype(np.uint64) * SPREAD) & WORD
        return self.only(np.sort(np.argsort(shuffled, kind="stable")[:most]))

    def vectors(self) -> NDArray[np.float32]:
        """Their vectors, shape (passages, dimension)."""
        dimension = self.halves[0].shape[1] if self.halves else 1
        found = np.empty((len(self), dimension), dtype=np.float32)
        for number, halves in enumerate(self.halves):
            here = np.flatnonzero(self.parts == number)
            found[here] = halves[self.rows[here]]
        return found


def seen_in(area: Area) -> Seen:
    """The passages of an area; those that have no vector yet are left out."""
    ids, parts, rows = [np.empty(0, np.int64)], [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    halves = [part.dense.halves() for part in area.parts]
    for number, (part, mask) in enumerate(zip(area.parts, area.rows, strict=True)):
        here = np.ones(len(part), dtype=bool) if mask is None else mask
        if not part.complete:
            here = here & halves[number].any(axis=1)
        chosen = np.flatnonzero(here).astype(np.int32)
        ids.append(part.ids[chosen])
        parts.append(np.full(len(chosen), number, dtype=np.int32))
        rows.append(chosen)
    return Seen(np.concatenate(ids), np.concatenate(parts), np.concatenate(rows), halves)
