"""The field of a search: the places it may look at, taken from all parts of the index.

Who may see what, and every filter, is applied here, before anything is scored: a passage outside
the field adds to no score, no count and no window. Only the rarity of words is taken from the
whole index; it is a number about a word that the asker typed, and shows no text.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from search.part import GAP, Part
from search.postings import Counts, Places

Number = TypeVar("Number", np.int64, np.int32, np.float32)
Line = NDArray[np.float32]  # one number for each place of a field


@dataclass(frozen=True)
class Field:
    """A line of passages with a gap after each source, whichever parts they come from."""

    parts: Sequence[Part]
    moved: Sequence[Places]  # for each part: the field's place of each of its places, or -1
    ids: NDArray[np.int64]  # passage at each place; 0 in a gap
    owners: NDArray[np.int32]  # running number of the source at each place; -1 in a gap
    lengths: Line  # stems at each place
    kept: dict[tuple[str, int], Line] = field(default_factory=dict)  # derived lines

    @property
    def size(self) -> int:
        """How many places there are, gaps included."""
        return len(self.ids)

    @cached_property
    def filled(self) -> NDArray[np.bool_]:
        """Which places hold a passage."""
        return self.ids > 0

    @cached_property
    def count(self) -> int:
        """How many passages there are."""
        return int(np.count_nonzero(self.ids))

    @cached_property
    def neighbourhood(self) -> Line:
        """How many passages each place and its two neighbours hold; at least 1."""
        present = Cumulated(self.filled.astype(np.float32)).window(1, 1)
        return np.maximum(present, np.float32(1))

    def find(self, what: str, key: Hashable) -> tuple[Places, Counts]:
        """Where a key occurs: *what* names the postings of a part (stems, speakers, people)."""
        places, counts = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
        for part, to in zip(self.parts, self.moved, strict=True):
            theirs, there = getattr(part, what).find(key)
            here = to[theirs]
            inside = here >= 0
            places.append(here[inside])
            counts.append(there[inside])
        return np.concatenate(places), np.concatenate(counts)

    def nearest(self, vector: Line, count: int) -> tuple[Places, Line]:
        """The places nearest to *vector* and their cosines, in no order."""
        places, cosines = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
        for part, to in zip(self.parts, self.moved, strict=True):
            here = to[part.places]
            among = None if (here >= 0).all() else np.flatnonzero(here >= 0)
            rows, found = part.dense.nearest(vector, count, among)
            places.append(here[rows])
            cosines.append(found)
        return _best(np.concatenate(places), np.concatenate(cosines), count)

    def window_lengths(self, reach: int) -> Line:
        """Stems in the window of *reach* neighbours on either side of each place."""
        key = ("lengths", reach)
        if key not in self.kept:
            self.kept[key] = Cumulated(self.lengths).window(reach, reach)
        return self.kept[key]


class Cumulated:
    """A line's running sum, from which the sum over any window is one subtraction."""

    def __init__(self, line: Line) -> None:
        self._size = len(line)
        exact = np.float32 if line.sum(dtype=np.float64) < 2**24 else np.float64
        self._sums: NDArray[Any] = np.zeros(len(line) + 2 * GAP + 1, dtype=exact)
        within = self._sums[GAP + 1 : GAP + 1 + len(line)]
        np.cumsum(line, dtype=exact, out=within)
        self._sums[GAP + 1 + len(line) :] = within[-1] if len(line) else 0

    @classmethod
    def of(cls, places: Places, counts: Counts, size: int) -> "Cumulated":
        """The running sum of a line that is zero but for some places."""
        line = np.zeros(size, dtype=np.float32)
        line[places] = counts
        return cls(line)

    def window(self, before: int, after: int) -> Line:
        """The sum over each place with so many before and after it; neither above `GAP`."""
        ends, starts = GAP + after + 1, GAP - before
        found = self._sums[ends : ends + self._size] - self._sums[starts : starts + self._size]
        return np.asarray(found, dtype=np.float32)


def lay_out(
    parts: Sequence[Part],
    hidden: Sequence[NDArray[np.bool_] | None],
    sources: NDArray[np.int64] | None,
) -> Field:
    """The field of what is not hidden and comes from *sources*; from everywhere when None."""
    ids, owners, lengths, moved = [], [], [], []
    first = owner = 0
    for part, mask in zip(parts, hidden, strict=True):
        kept = np.ones(len(part), dtype=bool) if mask is None else ~mask
        if sources is not None:
            kept &= np.isin(part.sources, sources)
        rows = np.flatnonzero(kept)
        to = np.full(part.size, -1, dtype=np.int32)
        moved.append(to)
        if not len(rows):
            continue
        new = np.concatenate(([0], np.cumsum(np.diff(part.sources[rows]) != 0)))
        here = np.arange(len(rows)) + GAP * new
        size = int(here[-1]) + 1 + GAP
        to[part.places[rows]] = first + here
        ids.append(_spread(part.ids[rows], here, size, 0))
        owners.append(_spread((owner + new).astype(np.int32), here, size, -1))
        lengths.append(_spread(part.lengths[part.places[rows]], here, size, 0))
        first, owner = first + size, owner + int(new[-1]) + 1
    if not ids:
        nothing = np.empty(0, dtype=np.int64)
        return Field(parts, moved, nothing, nothing.astype(np.int32), nothing.astype(np.float32))
    return Field(parts, moved, np.concatenate(ids), np.concatenate(owners), np.concatenate(lengths))


def _spread(
    values: NDArray[Number], places: NDArray[np.int64], size: int, empty: int
) -> NDArray[Number]:
    line = np.full(size, empty, dtype=values.dtype)
    line[places] = values
    return line


def _best(places: Places, cosines: Line, count: int) -> tuple[Places, Line]:
    if len(places) <= count:
        return places, cosines
    chosen = np.argpartition(-cosines, count - 1)[:count]
    return places[chosen], cosines[chosen]
