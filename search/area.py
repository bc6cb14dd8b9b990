"""What a search may look at: the places of all parts of the index, and which of them are open.

Who may see what, and every filter, is applied here, before anything is scored: a passage outside
adds to no score, no count and no window. Only the rarity of words is taken from the whole index;
it is a number about a word that the asker typed, and shows no text.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from search.part import BLOCK, Line, Mask, Part
from search.postings import Counts, Places

BITS = BLOCK.bit_length() - 1  # a place shifted by so many is its block


@dataclass(frozen=True)
class Shown:
    """A part of the index, and which of its rows are gone; None: none of them."""

    part: Part
    hidden: Mask | None = None

    @cached_property
    def rows(self) -> Mask | None:
        """Which rows are here; None for all of them."""
        return None if self.hidden is None else ~self.hidden

    @cached_property
    def open(self) -> Mask:
        """Which places hold a passage that is here."""
        if self.rows is None:
            return self.part.filled
        here = np.zeros(self.part.size, dtype=bool)
        here[self.part.places] = self.rows
        return here

    @cached_property
    def count(self) -> int:
        """How many passages are here."""
        return len(self.part) if self.rows is None else int(np.count_nonzero(self.rows))

    def window_total(self, reach: int) -> float:
        """Stems in the windows of all passages of sources that are not gone, added up."""
        return float(self.part.window_totals(reach)[self.alive].sum())

    @cached_property
    def alive(self) -> Mask:
        """Which sources have passages that are here."""
        here = np.ones(len(self.part), dtype=bool) if self.rows is None else self.rows
        return np.logical_or.reduceat(here, self.part.runs[:-1]) if len(here) else here


@dataclass(frozen=True)
class Near:
    """The nearest passages to a question: what all others have is at most `least`."""

    places: Places  # of an area
    cosines: Line
    least: np.float32

    def by_source(self, area: "Area") -> Line:
        """The best cosine of each source of the area that these are from."""
        best = np.full(int(area.block_sources[-1]) + 1, self.least, dtype=np.float32)
        np.maximum.at(best, area.block_sources[self.places >> BITS], self.cosines)
        return best


@dataclass(frozen=True)
class Area:
    """The places of all parts, numbered through, and which of them may be looked at."""

    parts: Sequence[Part]
    rows: Sequence[Mask | None]  # of each part; None: all
    opened: Sequence[Mask]  # the same by place
    count: int  # passages
    speaker: int | None = None  # only what this person says may be an answer

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The number of each part's first place, and that of all places."""
        return np.cumsum([0, *(part.size for part in self.parts)])

    @property
    def size(self) -> int:
        """How many places there are, gaps included."""
        return int(self.starts[-1])

    @cached_property
    def open(self) -> Mask:
        """Which places may be looked at."""
        if len(self.opened) == 1:
            return self.opened[0]
        return np.concatenate([np.empty(0, dtype=bool), *self.opened])

    @cached_property
    def wanted(self) -> Mask:
        """Which places may be answers."""
        if self.speaker is None:
            return self.open
        wanted = np.zeros(self.size, dtype=bool)
        wanted[self.find("people", self.speaker)[0]] = True
        return wanted

    def find(self, what: str, key: Hashable) -> tuple[Places, Counts]:
        """Where a key occurs: *what* names the postings of a part (stems, speakers, people)."""
        found = []
        for part, rows, opened, start in self._each():
            places, counts = getattr(part, what).find(key)
            if rows is not None:
                inside = opened[places]
                places, counts = places[inside], counts[inside]
            found.append((places + np.int32(start) if start else places, counts))
        if len(found) == 1:
            return found[0]
        return (
            np.concatenate([np.empty(0, np.int32), *(places for places, _ in found)]),
            np.concatenate([np.empty(0, np.float32), *(counts for _, counts in found)]),
        )

    def places_of(self, what: str, key: Hashable) -> Places:
        """Where a key occurs, as `find` gives it."""
        found = []
        for part, rows, opened, start in self._each():
            places = getattr(part, what).places_of(key)
            places = places if rows is None else places[opened[places]]
            found.append(places + np.int32(start) if start else places)
        return found[0] if len(found) == 1 else np.concatenate([np.empty(0, np.int32), *found])

    def frequency(self, stem: str) -> int:
        """In how many passages a stem occurs."""
        return sum(
            part.stems.count(stem) if rows is None else int(opened[places].sum())
            for part, rows, opened, _ in self._each()
            for places in (part.stems.places_of(stem),)
        )

    def _each(self) -> Iterable[tuple[Part, Mask | None, Mask, int]]:
        """The parts with their rows, places and first places."""
        return zip(self.parts, self.rows, self.opened, self.starts.tolist(), strict=False)

    def nearest(self, vector: Line, count: int) -> Near:
        """The places nearest to *vector*, in no order."""
        places, cosines = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
        for part, rows, start in zip(self.parts, self.rows, self.starts, strict=False):
            best, found = part.dense.nearest(vector, count, rows)
            places.append(part.places[best] + np.int32(start))
            cosines.append(found)
        there, near = _best(np.concatenate(places), np.concatenate(cosines), count)
        return Near(there, near, np.float32(near.min() if len(near) < self.count else 0))

    def ids(self, places: NDArray[np.integer]) -> NDArray[np.int64]:
        """The passages at these places; 0 where there is none."""
        ids = np.zeros(len(places), dtype=np.int64)
        for part, opened, start in zip(self.parts, self.opened, self.starts, strict=False):
            mine = np.flatnonzero((places >= start) & (places < start + part.size))
            mine = mine[opened[places[mine] - start]]
            ids[mine] = part.ids[part.rows[places[mine] - start]]
        return ids

    @cached_property
    def block_sources(self) -> NDArray[np.int64]:
        """The source of each block: the sources of all parts, numbered through."""
        first, runs = 0, [np.empty(0, np.int64)]
        for part in self.parts:
            runs.append(part.block_runs + np.int64(first))
            first += len(part.run_sources)
        return np.concatenate(runs)

    @cached_property
    def open_blocks(self) -> Mask:
        """Which blocks hold something that may be an answer."""
        blocks: Mask = np.logical_or.reduce(self.wanted.reshape(-1, BLOCK), axis=1)
        return blocks


def area_of(shown: Sequence[Shown], sources: NDArray[np.int64] | None = None) -> Area:
    """What is here of *sources*; of all of them when None."""
    chosen = [(s.rows, s.open, s.count) for s in shown]
    if sources is not None:
        chosen = [_narrowed(s, sources) for s in shown]
    return Area(
        parts=[s.part for s in shown],
        rows=[rows for rows, _, _ in chosen],
        opened=[opened for _, opened, _ in chosen],
        count=sum(count for _, _, count in chosen),
    )


def _narrowed(shown: Shown, sources: NDArray[np.int64]) -> tuple[Mask | None, Mask, int]:
    part = shown.part
    allowed = np.isin(part.run_sources, sources)
    if allowed[shown.alive].all():
        return shown.rows, shown.open, shown.count
    rows = np.repeat(allowed, np.diff(part.runs))
    places = np.repeat(allowed, np.diff(part.run_bounds))
    if shown.rows is not None:
        rows &= shown.rows
    return rows, places & shown.open, int(np.count_nonzero(rows))


def _best(places: Places, cosines: Line, count: int) -> tuple[Places, Line]:
    if len(places) <= count:
        return places, cosines
    chosen = np.argpartition(-cosines, count - 1)[:count]
    return places[chosen], cosines[chosen]
