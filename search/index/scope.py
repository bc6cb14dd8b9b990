"""Search scope: the slots of all index segments, and which of them a search may use.

Access control and all filters are applied here, before scoring. A passage outside the scope changes
no score, count or window. Only inverse document frequencies come from the whole index. They
describe typed words and reveal no text.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from search.index.index_segment import BLOCK, IndexSegment, Mask, SlotArray
from search.index.postings import Counts, Slots

BITS = BLOCK.bit_length() - 1  # slot >> BITS is the number of its block


@dataclass(frozen=True)
class SegmentView:
    """An index segment and the mask of its hidden rows; None hides none."""

    segment: IndexSegment
    hidden: Mask | None = None

    @cached_property
    def rows(self) -> Mask | None:
        """Mask of rows that are not hidden, `(rows,) bool`; None for all."""
        return None if self.hidden is None else ~self.hidden

    @cached_property
    def open(self) -> Mask:
        """Mask of slots that hold a passage that is not hidden, `(size,) bool`."""
        if self.rows is None:
            return self.segment.filled
        here = np.zeros(self.segment.size, dtype=bool)
        here[self.segment.slots] = self.rows
        return here

    @cached_property
    def count(self) -> int:
        """Number of passages that are not hidden."""
        return len(self.segment) if self.rows is None else int(np.count_nonzero(self.rows))

    def window_total(self, reach: int) -> float:
        """Return the total number of stems in the windows of sources that still have passages."""
        return float(self.segment.window_totals(reach)[self.alive].sum())

    @cached_property
    def alive(self) -> Mask:
        """Mask of sources that still have passages, `(sources,) bool`."""
        here = np.ones(len(self.segment), dtype=bool) if self.rows is None else self.rows
        return np.logical_or.reduceat(here, self.segment.runs[:-1]) if len(here) else here


@dataclass(frozen=True)
class Near:
    """Passages nearest to a question. All other passages have a cosine up to `upper_bound`."""

    slots: Slots  # slots of a search scope, (n,) int32
    cosines: SlotArray
    upper_bound: np.float32

    def by_source(self, scope: "SearchScope") -> SlotArray:
        """Return the best cosine of each source of the search scope, `(sources,) float32`."""
        best = np.full(int(scope.block_sources[-1]) + 1, self.upper_bound, dtype=np.float32)
        np.maximum.at(best, scope.block_sources[self.slots >> BITS], self.cosines)
        return best


@dataclass(frozen=True)
class SearchScope:
    """The slots of all segments, numbered consecutively, and which of them may be searched."""

    segments: Sequence[IndexSegment]
    rows: Sequence[Mask | None]  # row mask of each segment; None allows all
    segment_masks: Sequence[Mask]  # slot mask of each segment
    count: int  # number of passages
    limit: Mask | None = None  # mask of slots that may be results, (size,) bool; None allows all

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """First slot of each segment, then the total number of slots, `(segments + 1,) int64`."""
        return np.cumsum([0, *(segment.size for segment in self.segments)])

    @property
    def size(self) -> int:
        """Number of slots in all segments, gaps included."""
        return int(self.starts[-1])

    @cached_property
    def open(self) -> Mask:
        """Mask of slots that may be searched, `(size,) bool`."""
        if len(self.segment_masks) == 1:
            return self.segment_masks[0]
        return np.concatenate([np.empty(0, dtype=bool), *self.segment_masks])

    @cached_property
    def eligible_slots(self) -> Mask:
        """Mask of slots that may be results, `(size,) bool`. Windows read all open slots."""
        return self.open if self.limit is None else self.open & self.limit

    def without(self, slots: NDArray[np.integer]) -> "SearchScope":
        """Return this scope without some slots, `(n,)`. Nothing reads them any more."""
        rows, masks = [], []
        for segment, row_mask, slot_mask, start in self._each():
            mine = slots[(slots >= start) & (slots < start + segment.size)] - start
            mine = mine[slot_mask[mine]]
            here = np.ones(len(segment), dtype=bool) if row_mask is None else row_mask.copy()
            here[segment.rows[mine]] = False
            left = slot_mask.copy()
            left[mine] = False
            rows.append(here)
            masks.append(left)
        count = sum(int(np.count_nonzero(mask)) for mask in masks)
        return replace(self, rows=rows, segment_masks=masks, count=count)

    def find(self, what: str, key: Hashable) -> tuple[Slots, Counts]:
        """Return the slots `(n,) int32` of a key and its counts `(n,) float32`.

        Args:
            what: name of the attribute with the postings: "stems", "speakers" or "people".
            key: a stem, a speaker name or a person id.
        """
        found = []
        for segment, rows, segment_masks, start in self._each():
            slots, counts = getattr(segment, what).find(key)
            if rows is not None:
                inside = segment_masks[slots]
                slots, counts = slots[inside], counts[inside]
            found.append((slots + np.int32(start) if start else slots, counts))
        if len(found) == 1:
            return found[0]
        return (
            np.concatenate([np.empty(0, np.int32), *(slots for slots, _ in found)]),
            np.concatenate([np.empty(0, np.float32), *(counts for _, counts in found)]),
        )

    def slots_of(self, what: str, key: Hashable) -> Slots:
        """Return the slots of a key, ascending, `(n,) int32`.

        Args:
            what: name of the attribute with the postings: "stems", "speakers" or "people".
            key: a stem, a speaker name or a person id.
        """
        found = []
        for segment, rows, segment_masks, start in self._each():
            slots = getattr(segment, what).slots_of(key)
            slots = slots if rows is None else slots[segment_masks[slots]]
            found.append(slots + np.int32(start) if start else slots)
        return found[0] if len(found) == 1 else np.concatenate([np.empty(0, np.int32), *found])

    def frequency(self, stem: str) -> int:
        """Return the number of passages that contain a stem."""
        return sum(
            segment.stems.count(stem) if rows is None else int(segment_masks[slots].sum())
            for segment, rows, segment_masks, _ in self._each()
            for slots in (segment.stems.slots_of(stem),)
        )

    def _each(self) -> Iterable[tuple[IndexSegment, Mask | None, Mask, int]]:
        """Return (segment, mask of its rows, mask of its slots, its first slot) for each segment.

        The mask of rows is None if all rows may be searched.
        """
        return zip(self.segments, self.rows, self.segment_masks, self.starts.tolist(), strict=False)

    def nearest(self, vector: SlotArray, count: int) -> Near:
        """Return the *count* slots nearest to the unit vector `(dimension,) float32`, unsorted."""
        slots, cosines = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
        for segment, rows, start in zip(self.segments, self.rows, self.starts, strict=False):
            best, found = segment.dense.nearest(vector, count, rows)
            slots.append(segment.slots[best] + np.int32(start))
            cosines.append(found)
        there, near = _best(np.concatenate(slots), np.concatenate(cosines), count)
        return Near(there, near, np.float32(near.min() if len(near) < self.count else 0))

    def ids(self, slots: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the passage ids `(n,) int64` at *slots*, `(n,)`; 0 at a slot outside the scope."""
        ids = np.zeros(len(slots), dtype=np.int64)
        for segment, segment_masks, start in zip(
            self.segments, self.segment_masks, self.starts, strict=False
        ):
            mine = np.flatnonzero((slots >= start) & (slots < start + segment.size))
            mine = mine[segment_masks[slots[mine] - start]]
            ids[mine] = segment.ids[segment.rows[slots[mine] - start]]
        return ids

    @cached_property
    def block_sources(self) -> NDArray[np.int64]:
        """Source number of each block, `(size / BLOCK,) int64`, consecutive over all segments."""
        first, runs = 0, [np.empty(0, np.int64)]
        for segment in self.segments:
            runs.append(segment.block_runs + np.int64(first))
            first += len(segment.run_sources)
        return np.concatenate(runs)

    @cached_property
    def searchable_blocks(self) -> Mask:
        """Mask of blocks that hold a possible result, `(size / BLOCK,) bool`."""
        blocks: Mask = np.logical_or.reduce(self.eligible_slots.reshape(-1, BLOCK), axis=1)
        return blocks


def scope_of(shown: Sequence[SegmentView], sources: NDArray[np.int64] | None = None) -> SearchScope:
    """Return the search scope of *sources*, `(n,) int64` ids; of all sources if None."""
    chosen = [(s.rows, s.open, s.count) for s in shown]
    if sources is not None:
        chosen = [_narrowed(s, sources) for s in shown]
    return SearchScope(
        segments=[s.segment for s in shown],
        rows=[rows for rows, _, _ in chosen],
        segment_masks=[segment_masks for _, segment_masks, _ in chosen],
        count=sum(count for _, _, count in chosen),
    )


def _narrowed(shown: SegmentView, sources: NDArray[np.int64]) -> tuple[Mask | None, Mask, int]:
    segment = shown.segment
    allowed = np.isin(segment.run_sources, sources)
    if allowed[shown.alive].all():
        return shown.rows, shown.open, shown.count
    rows = np.repeat(allowed, np.diff(segment.runs))
    slots = np.repeat(allowed, np.diff(segment.run_bounds))
    if shown.rows is not None:
        rows &= shown.rows
    return rows, slots & shown.open, int(np.count_nonzero(rows))


def _best(slots: Slots, cosines: SlotArray, count: int) -> tuple[Slots, SlotArray]:
    if len(slots) <= count:
        return slots, cosines
    chosen = np.argpartition(-cosines, count - 1)[:count]
    return slots[chosen], cosines[chosen]
