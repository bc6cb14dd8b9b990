"""A part of the index: passages on a line, one source after the other, with their words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.holdings.passages import IndexRow
from search.dense import DenseIndex, joined_vectors, open_vectors, stacked
from search.postings import Places, Postings, collect, joined
from search.words import stems

GAP = 12  # empty places after each source, so that no window reaches from one into the next
BLOCK = 8  # places that are chosen together; fewer than the gap, so a block has one source at most
SOME = 1000  # passages from which is told what is usual in a part

Mask = NDArray[np.bool_]
Line = NDArray[np.float32]  # one number for each place of a line


@dataclass(frozen=True)
class Part:
    """Passages that were indexed together; never changed, only replaced by a larger part.

    Every passage has a row (0, 1, 2 …: vectors are kept so) and a place on the line (postings
    are kept so, for a window around a place is then a slice). The line is whole blocks long.
    """

    ids: NDArray[np.int64]  # of the passages, by row, ascending
    sources: NDArray[np.int64]  # of the passages, by row
    places: Places  # on the line, by row
    size: int  # places on the line
    lengths: NDArray[np.float32]  # stems at each place
    stems: Postings
    speakers: Postings  # by name: the share of the passage's words that they say
    people: Postings  # the same by person id, where it is known
    dense: DenseIndex
    complete: bool = True  # whether every passage had a vector when it was indexed
    removal_id: int = 0  # the newest removal that it knows
    folder: str = ""  # where it is kept on disk; empty: nowhere
    _totals: dict[int, NDArray[np.float64]] = field(default_factory=dict)  # by reach

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def rows(self) -> Places:
        """The row at each place; -1 where there is none."""
        rows = np.full(self.size, -1, dtype=np.int32)
        rows[self.places] = np.arange(len(self), dtype=np.int32)
        return rows

    @cached_property
    def filled(self) -> Mask:
        """Which places hold a passage."""
        return self.rows >= 0

    @cached_property
    def some(self) -> tuple[NDArray[np.int64], Line]:
        """Rows that have vectors, evenly taken, and these, shape (rows, dimension)."""
        rows = np.linspace(0, max(0, len(self) - 1), min(SOME, len(self))).astype(np.int64)
        vectors = self.dense.halves()[rows].astype(np.float32)
        there = vectors.any(axis=1)
        return rows[there], vectors[there]

    @cached_property
    def runs(self) -> NDArray[np.int64]:
        """The first row of each source, and the number of rows."""
        new = np.flatnonzero(np.diff(self.sources)) + 1
        return np.concatenate(([0], new, [len(self)])).astype(np.int64)

    @cached_property
    def run_sources(self) -> NDArray[np.int64]:
        """The source of each run."""
        return self.sources[self.runs[:-1]]

    @cached_property
    def run_bounds(self) -> NDArray[np.int64]:
        """The first place of each source, and the number of places: gaps go with what is before."""
        first = self.places[self.runs[:-1]].astype(np.int64)
        return np.concatenate((first, [self.size]))

    @cached_property
    def block_runs(self) -> NDArray[np.int32]:
        """The source of each block by the number of its run; of empty blocks, any."""
        ends = np.arange(BLOCK - 1, self.size, BLOCK)
        last = np.searchsorted(self.run_bounds, ends, side="right") - 1
        return np.clip(last, 0, max(0, len(self.run_sources) - 1)).astype(np.int32)

    def window_totals(self, reach: int) -> NDArray[np.float64]:
        """Stems in the windows of all passages of each source, added up."""
        if reach not in self._totals:
            self._totals[reach] = self._totalled(reach)
        return self._totals[reach]

    def _totalled(self, reach: int) -> NDArray[np.float64]:
        beside = Cumulated(self.filled.astype(np.float32)).window(reach, reach)
        within = np.concatenate(([0.0], np.cumsum(self.lengths * beside, dtype=np.float64)))
        totals: NDArray[np.float64] = np.diff(within[self.run_bounds])
        return totals


class Cumulated:
    """A line's running sum, from which the sum over any window is one subtraction."""

    def __init__(self, line: Line) -> None:
        self._size = len(line)
        exact = np.float32 if line.sum(dtype=np.float64) < 2**24 else np.float64
        self._sums: NDArray[Any] = np.zeros(len(line) + 2 * GAP + 1, dtype=exact)
        within = self._sums[GAP + 1 : GAP + 1 + len(line)]
        np.cumsum(line, dtype=exact, out=within)
        self._sums[GAP + 1 + len(line) :] = within[-1] if len(line) else 0

    def window(self, before: int, after: int) -> Line:
        """The sum over each place with so many before and after it; neither above `GAP`."""
        ends, starts = GAP + after + 1, GAP - before
        found = self._sums[ends : ends + self._size] - self._sums[starts : starts + self._size]
        return np.asarray(found, dtype=np.float32)


def build(rows: Sequence[IndexRow], dimension: int, removal_id: int = 0) -> Part:
    """The part that holds these passages, which are in the order of their ids."""
    sources = np.array([row.source_id for row in rows], dtype=np.int64)
    places, size = _laid_out(sources)
    lengths = np.zeros(size, dtype=np.float32)
    content = [stems(row.text) for row in rows]
    lengths[places] = [len(found) for found in content]
    return Part(
        ids=np.array([row.id for row in rows], dtype=np.int64),
        sources=sources,
        places=places,
        size=size,
        lengths=lengths,
        stems=collect(places, content),
        speakers=_shares(places, rows, by=1),
        people=_shares(places, rows, by=0),
        dense=open_vectors(stacked([row.vector for row in rows], dimension)),
        complete=all(row.vector is not None for row in rows),
        removal_id=removal_id,
    )


def merged(parts: Sequence[Part], hidden: Sequence[Mask], removal_id: int = 0) -> Part:
    """One part out of several, without what is hidden: a mask over each part's rows."""
    kept = [~mask for mask in hidden]
    sources = np.concatenate([p.sources[k] for p, k in zip(parts, kept, strict=True)])
    places, size = _laid_out(sources)
    moved: list[Places] = []
    lengths = np.zeros(size, dtype=np.float32)
    first = 0
    for part, keep in zip(parts, kept, strict=True):
        count = int(keep.sum())
        to = np.full(part.size, -1, dtype=np.int32)
        to[part.places[keep]] = places[first : first + count]
        lengths[places[first : first + count]] = part.lengths[part.places[keep]]
        moved.append(to)
        first += count
    return Part(
        ids=np.concatenate([p.ids[k] for p, k in zip(parts, kept, strict=True)]),
        sources=sources,
        places=places,
        size=size,
        lengths=lengths,
        stems=joined([p.stems for p in parts], moved),
        speakers=joined([p.speakers for p in parts], moved),
        people=joined([p.people for p in parts], moved),
        dense=joined_vectors([part.dense for part in parts], kept),
        complete=all(part.complete for part in parts),
        removal_id=removal_id,
    )


def _laid_out(sources: NDArray[np.int64]) -> tuple[Places, int]:
    """The place of each row on a line with a gap after each source; and the line's size."""
    if not len(sources):
        return np.empty(0, dtype=np.int32), 0
    before = np.concatenate(([0], np.cumsum(sources[1:] != sources[:-1])))
    places = (np.arange(len(sources)) + GAP * before).astype(np.int32)
    return places, -(-(int(places[-1]) + 1 + GAP) // BLOCK) * BLOCK


def _shares(places: Places, rows: Sequence[IndexRow], *, by: int) -> Postings:
    """Who speaks in each passage and how much of it, by person id (0) or name (1)."""
    known = [[s for s in row.speakers if s[by]] for row in rows]
    totals = [sum(speaker[2] for speaker in row.speakers) or 1 for row in rows]
    shares = [s[2] / total for said, total in zip(known, totals, strict=True) for s in said]
    return collect(places, [[s[by] for s in said] for said in known], shares)
