"""What of an area is worth scoring, laid out on one line.

Whole blocks of places, each with its neighbours, so that every window around what may be found
there is whole.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.area import BITS, Area, Near
from search.part import BLOCK, GAP, Line, Mask
from search.postings import Counts, Places

BESIDE = -(-GAP // BLOCK)  # blocks that a window may reach into, on either side

Blocks = NDArray[np.int64]
Window = tuple[int, int]  # so many places before and after one; neither above `GAP`
Table = NDArray[np.float32]  # a row for each place in a block, a column for each block


@dataclass(frozen=True)
class Field:
    """Blocks of an area on one line, in their order."""

    area: Area
    blocks: Blocks  # ascending
    eligible: Mask  # of each block: whether what it holds may be found; the others are neighbours
    near: Near | None = None

    @property
    def size(self) -> int:
        """How many places there are, gaps included."""
        return len(self.blocks) * BLOCK

    @cached_property
    def centres(self) -> Blocks:
        """Those of the blocks that hold what may be found, by their numbers here."""
        return np.flatnonzero(self.eligible)

    @cached_property
    def filled(self) -> Mask:
        """Which places hold a passage."""
        return self._laid_out(self.area.opened)

    @cached_property
    def candidates(self) -> NDArray[np.int64]:
        """The places that may be found, ascending."""
        everybody = self.area.speaker is None
        wanted = self.filled if everybody else self._laid_out([self.area.wanted])
        rows, at = np.nonzero(wanted.reshape(-1, BLOCK)[self.centres])
        return self.centres[rows] * BLOCK + at

    def of_candidates(self, table: Table) -> Line:
        """What a table has for each of the candidates."""
        return table.ravel()[self._cells]

    @cached_property
    def _cells(self) -> NDArray[np.int64]:
        """Where each candidate is in a table."""
        return self.cells(self.candidates)[1]

    def cells(self, places: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which of these places have a cell in a table, and the number of that cell."""
        columns = self._columns[places >> BITS]
        inside = np.flatnonzero(columns >= 0)
        return inside, (places[inside] & (BLOCK - 1)) * len(self.centres) + columns[inside]

    @cached_property
    def _columns(self) -> NDArray[np.int64]:
        """The column of each block in a table; -1 where it has none."""
        columns = np.full(len(self.blocks), -1, dtype=np.int64)
        columns[self.centres] = np.arange(len(self.centres))
        return columns

    def area_places(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The area's places of some places."""
        there: NDArray[np.int64] = self.blocks[places >> BITS] * BLOCK + (places & (BLOCK - 1))
        return there

    @cached_property
    def lengths(self) -> Line:
        """Stems at each place."""
        lengths = self._laid_out([part.lengths for part in self.area.parts])
        return np.asarray(lengths * self.filled, dtype=np.float32)

    def _laid_out(self, lines: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """Of the lines of all parts, or of one that goes through them, what is in the field."""
        if len(lines) == 1:
            found: NDArray[Any] = lines[0].reshape(-1, BLOCK).take(self.blocks, axis=0).ravel()
            return found
        firsts = self.area.starts // BLOCK
        bounds = np.searchsorted(self.blocks, firsts)
        pieces = [
            line.reshape(-1, BLOCK)[self.blocks[bounds[i] : bounds[i + 1]] - firsts[i]].ravel()
            for i, line in enumerate(lines)
        ]
        return np.concatenate([np.empty(0, dtype=lines[0].dtype if lines else bool), *pieces])

    @cached_property
    def owners(self) -> NDArray[np.int64]:
        """A number for the source of each block that holds what may be found."""
        return self.area.block_sources[self.blocks[self.centres]]

    @cached_property
    def _moved(self) -> NDArray[np.int32]:
        """Where each block of the area begins here, less where it began; or a negative number."""
        moved = np.full(self.area.size // BLOCK, -1, dtype=np.int32)
        moved[self.blocks] = np.arange(len(self.blocks), dtype=np.int32) * BLOCK
        return moved

    def here(self, places: Places) -> tuple[NDArray[np.int64], Places]:
        """Which of the area's places are in the field, and where."""
        to = self._moved[places >> BITS]
        inside = np.flatnonzero(to >= 0)
        return inside, to[inside] + (places[inside] & (BLOCK - 1))

    def find(self, what: str, key: Hashable) -> tuple[Places, Counts]:
        """Where a key occurs: *what* names the postings of a part (stems, speakers, people)."""
        places, counts = self.area.find(what, key)
        inside, here = self.here(places)
        return here, counts[inside]

    def windows(
        self, places: NDArray[Any], counts: NDArray[Any], kinds: Sequence[Window]
    ) -> "Windows":
        """The sums in windows around each place that may be found, of what is at *places*."""
        line = np.zeros((len(self.blocks) + 2 * BESIDE, BLOCK), dtype=np.float32)
        line[BESIDE : BESIDE + len(self.blocks)].ravel()[places] = counts
        holds = np.zeros(len(self.blocks), dtype=bool)
        holds[places >> BITS] = True
        columns = np.flatnonzero(_widened(holds, BESIDE)[self.centres])
        most = 3 * len(columns) > len(self.centres)
        at = slice(None) if most else columns
        around = self._around[at]
        spread = line.take(around, axis=0).reshape(len(around), (2 * BESIDE + 1) * BLOCK)
        sums = (_summed(kinds) @ spread.T).reshape(len(kinds), BLOCK, len(around))
        return Windows(at, sums)

    @cached_property
    def _around(self) -> NDArray[np.int64]:
        """The blocks around each that may be found, of a line with empty blocks at both ends."""
        return self.centres[:, None] + np.arange(2 * BESIDE + 1)


@dataclass(frozen=True)
class Windows:
    """Sums over the windows around places, in those blocks that they reach at all."""

    at: NDArray[np.int64] | slice  # which columns of a table
    sums: NDArray[np.float32]  # a table for each kind of window


@lru_cache(8)
def _summed(kinds: Sequence[Window]) -> Table:
    """What turns the places around a block into sums over windows: all of them in one product."""
    places = np.arange((2 * BESIDE + 1) * BLOCK)
    middle = np.arange(BESIDE * BLOCK, (BESIDE + 1) * BLOCK)[:, None]
    within = [(places >= middle - b) & (places <= middle + a) for b, a in kinds]
    return np.concatenate(within).astype(np.float32)


def _widened(blocks: Mask, by: int) -> Mask:
    """These blocks and their neighbours, so many on either side."""
    wide = blocks.copy()
    for away in range(1, by + 1):
        wide[away:] |= blocks[:-away]
        wide[:-away] |= blocks[away:]
    return wide


def lay_out(area: Area, blocks: Blocks | None = None, near: Near | None = None) -> Field:
    """The field around these blocks of an area; around all that may be found, when None."""
    chosen = area.open_blocks
    if blocks is not None:
        chosen = np.zeros(len(area.open_blocks), dtype=bool)
        chosen[blocks] = True
    kept = np.flatnonzero(_widened(chosen, BESIDE))
    return Field(area, kept, chosen[kept], near)
