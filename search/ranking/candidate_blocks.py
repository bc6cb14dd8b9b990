"""Candidate blocks of a search scope, gathered into contiguous arrays for scoring.

Whole blocks are taken with their neighbours, so that each window around a candidate is complete.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.index.index_segment import BLOCK, GAP, Mask, SlotArray
from search.index.postings import Counts, Slots
from search.index.scope import BITS, Near, SearchScope

BESIDE = -(-GAP // BLOCK)  # neighbour blocks that a window can reach, on each side

Blocks = NDArray[np.int64]
Window = tuple[int, int]  # slots before and after; both at most `GAP`
Table = NDArray[np.float32]  # (BLOCK, eligible blocks)


@dataclass(frozen=True)
class CandidateBlocks:
    """Blocks to score and their neighbours, gathered from a search scope in ascending order.

    The eligible blocks may hold results. Their neighbours are only read by windows.
    """

    scope: SearchScope
    blocks: Blocks  # block numbers of the search scope, ascending
    eligible: Mask  # mask of the blocks that may hold results; the others are neighbours
    near: Near | None = None

    @property
    def size(self) -> int:
        """Number of slots, gaps included."""
        return len(self.blocks) * BLOCK

    @cached_property
    def eligible_positions(self) -> Blocks:
        """Positions in `blocks` of the eligible blocks, `(c,) int64`."""
        return np.flatnonzero(self.eligible)

    @cached_property
    def filled(self) -> Mask:
        """Mask of slots that hold a passage, `(size,) bool`."""
        return self._laid_out(self.scope.segment_masks)

    @cached_property
    def slots(self) -> NDArray[np.int64]:
        """Slots of the candidates, ascending, `(n,) int64`."""
        is_unlimited = self.scope.limit is None
        wanted = self.filled if is_unlimited else self._laid_out([self.scope.eligible_slots])
        rows, at = np.nonzero(wanted.reshape(-1, BLOCK)[self.eligible_positions])
        return self.eligible_positions[rows] * BLOCK + at

    def of_candidates(self, table: Table) -> SlotArray:
        """Return the values of a table `(BLOCK, c) float32` at the candidates, `(n,) float32`."""
        return table.ravel()[self._candidate_cells]

    @cached_property
    def _candidate_cells(self) -> NDArray[np.int64]:
        """Index of each candidate in a flattened table, `(n,) int64`."""
        return self.table_cells(self.slots)[1]

    def table_cells(self, slots: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return which of the slots `(m,)` lie in eligible blocks, and their flat table indexes.

        Returns:
            Positions in *slots* `(k,) int64` and indexes into a flat table `(k,) int64`.
        """
        columns = self._columns[slots >> BITS]
        inside = np.flatnonzero(columns >= 0)
        return inside, (slots[inside] & (BLOCK - 1)) * len(self.eligible_positions) + columns[
            inside
        ]

    @cached_property
    def _columns(self) -> NDArray[np.int64]:
        """Table column of each block, `(blocks,) int64`; -1 if the block is not eligible."""
        columns = np.full(len(self.blocks), -1, dtype=np.int64)
        columns[self.eligible_positions] = np.arange(len(self.eligible_positions))
        return columns

    def to_scope_slots(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """Map slots of these blocks, `(n,) int64`, to slots of the search scope, `(n,) int64`."""
        there: NDArray[np.int64] = self.blocks[slots >> BITS] * BLOCK + (slots & (BLOCK - 1))
        return there

    @cached_property
    def lengths(self) -> SlotArray:
        """Number of stems by slot, `(size,) float32`."""
        lengths = self._laid_out([segment.lengths for segment in self.scope.segments])
        return np.asarray(lengths * self.filled, dtype=np.float32)

    @cached_property
    def main_speaker(self) -> Table:
        """Share of each passage by the main speaker, minus its mean in the source, `(BLOCK, c)`."""
        shares = self._laid_out([segment.main_speaker for segment in self.scope.segments])
        table: Table = shares.reshape(-1, BLOCK)[self.eligible_positions].T
        return table

    def _laid_out(self, lines: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """Return the values of a slot array in the gathered blocks, `(size,)`.

        Args:
            lines: one slot array for each segment, or a single one over the whole search scope.
        """
        if len(lines) == 1:
            found: NDArray[Any] = lines[0].reshape(-1, BLOCK).take(self.blocks, axis=0).ravel()
            return found
        firsts = self.scope.starts // BLOCK
        bounds = np.searchsorted(self.blocks, firsts)
        pieces = [
            line.reshape(-1, BLOCK)[self.blocks[bounds[i] : bounds[i + 1]] - firsts[i]].ravel()
            for i, line in enumerate(lines)
        ]
        return np.concatenate([np.empty(0, dtype=lines[0].dtype if lines else bool), *pieces])

    @cached_property
    def source_numbers(self) -> NDArray[np.int64]:
        """Source number of each eligible block, `(c,) int64`."""
        return self.scope.block_sources[self.blocks[self.eligible_positions]]

    @cached_property
    def _gathered_starts(self) -> NDArray[np.int32]:
        """Slot at which each block of the search scope begins in the gathered arrays.

        The shape is `(blocks of the scope,) int32`; -1 if the block is not gathered.
        """
        starts = np.full(self.scope.size // BLOCK, -1, dtype=np.int32)
        starts[self.blocks] = np.arange(len(self.blocks), dtype=np.int32) * BLOCK
        return starts

    def from_scope_slots(self, slots: Slots) -> tuple[NDArray[np.int64], Slots]:
        """Map slots of the search scope, `(n,) int32`, to slots of these blocks.

        Returns:
            Positions in *slots* of those that lie in these blocks, `(k,) int64`, and their slots in
            these blocks, `(k,) int32`.
        """
        to = self._gathered_starts[slots >> BITS]
        inside = np.flatnonzero(to >= 0)
        return inside, to[inside] + (slots[inside] & (BLOCK - 1))

    def find(self, what: str, key: Hashable) -> tuple[Slots, Counts]:
        """Return the slots `(n,) int32` of a key in these blocks, and its counts `(n,) float32`.

        Args:
            what: name of the attribute with the postings: "stems", "speakers" or "people".
            key: a stem, a speaker name or a person id.
        """
        slots, counts = self.scope.find(what, key)
        inside, here = self.from_scope_slots(slots)
        return here, counts[inside]

    def windows(
        self, slots: NDArray[Any], counts: NDArray[Any], kinds: Sequence[Window]
    ) -> "Windows":
        """Return window sums around each slot of the eligible blocks.

        Args:
            slots: slots with a count, `(n,)`.
            counts: counts in these slots, `(n,)`.
            kinds: the windows, as (slots before, slots after).
        """
        line = np.zeros((len(self.blocks) + 2 * BESIDE, BLOCK), dtype=np.float32)
        line[BESIDE : BESIDE + len(self.blocks)].ravel()[slots] = counts
        holds = np.zeros(len(self.blocks), dtype=bool)
        holds[slots >> BITS] = True
        columns = np.flatnonzero(_widened(holds, BESIDE)[self.eligible_positions])
        most = 3 * len(columns) > len(self.eligible_positions)
        at = slice(None) if most else columns
        around = self._around[at]
        spread = line.take(around, axis=0).reshape(len(around), (2 * BESIDE + 1) * BLOCK)
        sums = (_summed(kinds) @ spread.T).reshape(len(kinds), BLOCK, len(around))
        return Windows(at, sums)

    @cached_property
    def _around(self) -> NDArray[np.int64]:
        """Block numbers around each eligible block, `(c, 2 * BESIDE + 1) int64`.

        They refer to an array with `BESIDE` empty blocks before the first block and after the last.
        """
        return self.eligible_positions[:, None] + np.arange(2 * BESIDE + 1)


@dataclass(frozen=True)
class Windows:
    """Window sums of those eligible blocks that have a counted slot within reach."""

    at: NDArray[np.int64] | slice  # columns of a table
    sums: NDArray[np.float32]  # (kinds, BLOCK, columns)


@lru_cache(8)
def _summed(kinds: Sequence[Window]) -> Table:
    """Return the 0/1 matrix that turns slots around a block into window sums.

    The shape is `(kinds * BLOCK, (2 * BESIDE + 1) * BLOCK) float32`.
    """
    slots = np.arange((2 * BESIDE + 1) * BLOCK)
    middle = np.arange(BESIDE * BLOCK, (BESIDE + 1) * BLOCK)[:, None]
    within = [(slots >= middle - b) & (slots <= middle + a) for b, a in kinds]
    return np.concatenate(within).astype(np.float32)


def _widened(blocks: Mask, by: int) -> Mask:
    """Return the mask of blocks `(blocks,) bool` extended by *by* neighbours on each side."""
    wide = blocks.copy()
    for away in range(1, by + 1):
        wide[away:] |= blocks[:-away]
        wide[:-away] |= blocks[away:]
    return wide


def gather(
    scope: SearchScope, blocks: Blocks | None = None, near: Near | None = None
) -> CandidateBlocks:
    """Gather the blocks `(n,) int64` with their neighbours; all searchable blocks if None."""
    chosen = scope.searchable_blocks
    if blocks is not None:
        chosen = np.zeros(len(scope.searchable_blocks), dtype=bool)
        chosen[blocks] = True
    gathered = np.flatnonzero(_widened(chosen, BESIDE))
    return CandidateBlocks(scope, gathered, chosen[gathered], near)
