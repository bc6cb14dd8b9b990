"""Immutable index segments: passages in slots, grouped by source, with postings and vectors."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.sessions.passages import IndexRow
from search.index.dense import DenseIndex, from_bytes, joined_vectors, open_vectors
from search.index.postings import Postings, Slots, collect, joined
from search.text.analyzer import keys_and_length

GAP = 12  # empty slots after each source, so that no window spans two sources
BLOCK = 8  # slots that are selected together; fewer than GAP, so a block holds at most one source
BACKGROUND_SAMPLE = 1000  # sample size per segment for the score background

Mask = NDArray[np.bool_]
SlotArray = NDArray[np.float32]  # one number per slot


@dataclass(frozen=True)
class IndexSegment:
    """Immutable index segment. Merging, saving or renewal replaces it as a whole.

    Each passage has a row (0, 1, 2 …), which addresses its vector, and a slot, which addresses its
    postings. `GAP` slots after each source are empty, so a window around a slot is a slice that
    reaches no other source. The number of slots is a multiple of `BLOCK`.
    """

    ids: NDArray[np.int64]  # passage ids by row, ascending
    sources: NDArray[np.int64]  # source ids by row
    slots: Slots  # slots by row, (rows,) int32
    size: int  # number of slots
    lengths: NDArray[np.float32]  # number of stems by slot, (size,)
    stems: Postings  # keyed by stem, and by the marked key of a stop word
    speakers: Postings  # keyed by name: share of the passage's words
    people: Postings  # keyed by person id, where known: share of the passage's words
    languages: Postings  # keyed by language (BCP 47 primary tag, "" if unknown)
    kinds: Postings  # keyed by kind of passage
    dense: DenseIndex
    complete: bool = True  # every passage had a vector when it was indexed
    removal_id: int = 0  # newest removal applied to this segment
    folder: str = ""  # name of its folder on disk; empty if not saved
    _totals: dict[int, NDArray[np.float64]] = field(
        default_factory=dict
    )  # cache of `window_totals`, by reach

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def rows(self) -> Slots:
        """Row of each slot, `(size,) int32`; -1 for an empty slot."""
        rows = np.full(self.size, -1, dtype=np.int32)
        rows[self.slots] = np.arange(len(self), dtype=np.int32)
        return rows

    @cached_property
    def filled(self) -> Mask:
        """Mask of slots that hold a passage, `(size,) bool`."""
        return self.rows >= 0

    @cached_property
    def some(self) -> tuple[NDArray[np.int64], SlotArray]:
        """Evenly spaced sample of rows, with their vectors. Rows without a vector are left out.

        The row numbers are `(n,) int64`, the vectors `(n, dimension) float32`.
        """
        rows = np.linspace(0, max(0, len(self) - 1), min(BACKGROUND_SAMPLE, len(self))).astype(
            np.int64
        )
        vectors = self.dense.halves()[rows].astype(np.float32)
        there = vectors.any(axis=1)
        return rows[there], vectors[there]

    @cached_property
    def runs(self) -> NDArray[np.int64]:
        """First row of each source, then the total number of rows, `(sources + 1,) int64`."""
        new = np.flatnonzero(np.diff(self.sources)) + 1
        return np.concatenate(([0], new, [len(self)])).astype(np.int64)

    @cached_property
    def run_sources(self) -> NDArray[np.int64]:
        """Source id of each run (the consecutive rows of one source), `(sources,) int64`."""
        return self.sources[self.runs[:-1]]

    @cached_property
    def run_bounds(self) -> NDArray[np.int64]:
        """First slot of each source, then the total number of slots, `(sources + 1,) int64`.

        The gap after a source belongs to that source.
        """
        first = self.slots[self.runs[:-1]].astype(np.int64)
        return np.concatenate((first, [self.size]))

    @cached_property
    def block_runs(self) -> NDArray[np.int32]:
        """Source number of each block, `(size / BLOCK,) int32`; arbitrary for empty blocks."""
        ends = np.arange(BLOCK - 1, self.size, BLOCK)
        last = np.searchsorted(self.run_bounds, ends, side="right") - 1
        return np.clip(last, 0, max(0, len(self.run_sources) - 1)).astype(np.int32)

    @cached_property
    def main_speaker(self) -> SlotArray:
        """Share of each passage by the person who speaks most in its source, `(size,) float32`.

        The mean share in the source is subtracted, so that a source by one person has no advantage.

        Who speaks most has the largest sum of shares, each multiplied by the length of the passage.
        Words without a speaker count as those of one person.
        """
        unnamed = np.zeros(self.size, dtype=np.float32)
        unnamed[self.slots] = 1
        np.subtract.at(unnamed, self.speakers.slots, self.speakers.counts.astype(np.float32))
        keys = np.repeat(np.arange(len(self.speakers.numbers)), np.diff(self.speakers.offsets))
        slots = np.concatenate([self.speakers.slots, self.slots])
        shares = np.concatenate([self.speakers.counts, unnamed[self.slots]]).astype(np.float32)
        # Numbers of the speakers in their sources; the last number of a source is nobody's.
        width = len(self.speakers.numbers) + 1
        people = np.concatenate([keys, np.full(len(self), width - 1)])
        people = self.block_runs[slots // BLOCK].astype(np.int64) * width + people
        distinct, number = np.unique(people, return_inverse=True)
        spoken = np.bincount(number, weights=shares * self.lengths[slots], minlength=len(distinct))
        order = np.lexsort((spoken, distinct // width))  # by source, most words last
        last = np.append(np.diff(distinct[order] // width) > 0, True)[: len(order)]
        most = np.zeros(len(distinct), dtype=bool)
        most[order[last]] = True
        found = np.zeros(self.size, dtype=np.float32)
        by_most = most[number]
        found[slots[by_most]] = shares[by_most]
        source = self.block_runs[self.slots // BLOCK]
        totals = np.bincount(source, weights=found[self.slots])
        means = totals / np.maximum(1, np.bincount(source))
        found[self.slots] -= means[source].astype(np.float32)
        return found

    def window_totals(self, reach: int) -> NDArray[np.float64]:
        """Return the sum of the stems in the windows of all passages, `(sources,) float64`.

        There is one sum for each source. The window of a passage reaches *reach* slots to either
        side. A stem in several windows counts several times.
        """
        if reach not in self._totals:
            self._totals[reach] = self._totalled(reach)
        return self._totals[reach]

    def _totalled(self, reach: int) -> NDArray[np.float64]:
        beside = PrefixSums(self.filled.astype(np.float32)).window(reach, reach)
        within = np.concatenate(([0.0], np.cumsum(self.lengths * beside, dtype=np.float64)))
        totals: NDArray[np.float64] = np.diff(within[self.run_bounds])
        return totals


class PrefixSums:
    """Prefix sums of a slot array. Each window sum is one subtraction."""

    def __init__(self, line: SlotArray) -> None:
        self._size = len(line)
        exact = np.float32 if line.sum(dtype=np.float64) < 2**24 else np.float64
        self._sums: NDArray[Any] = np.zeros(len(line) + 2 * GAP + 1, dtype=exact)
        within = self._sums[GAP + 1 : GAP + 1 + len(line)]
        np.cumsum(line, dtype=exact, out=within)
        self._sums[GAP + 1 + len(line) :] = within[-1] if len(line) else 0

    def window(self, before: int, after: int) -> SlotArray:
        """Return sliding-window sums, `(size,) float32`.

        Each window has *before* slots before a slot and *after* slots after it. Both are at most
        `GAP`.
        """
        ends, starts = GAP + after + 1, GAP - before
        found = self._sums[ends : ends + self._size] - self._sums[starts : starts + self._size]
        return np.asarray(found, dtype=np.float32)


def build(rows: Sequence[IndexRow], dimension: int, removal_id: int = 0) -> IndexSegment:
    """Return the index segment of passages that are sorted by id."""
    sources = np.array([row.source_id for row in rows], dtype=np.int64)
    slots, size = _laid_out(sources)
    lengths = np.zeros(size, dtype=np.float32)
    content = [keys_and_length(row.text, row.language) for row in rows]
    lengths[slots] = [length for _, length in content]
    return IndexSegment(
        ids=np.array([row.id for row in rows], dtype=np.int64),
        sources=sources,
        slots=slots,
        size=size,
        lengths=lengths,
        stems=collect(slots, [keys for keys, _ in content]),
        speakers=_shares(slots, rows, by=1),
        people=_shares(slots, rows, by=0),
        languages=collect(slots, [[row.language] for row in rows]),
        kinds=collect(slots, [[row.kind.value] for row in rows]),
        dense=open_vectors(from_bytes([row.vector for row in rows], dimension)),
        complete=all(row.vector is not None for row in rows),
        removal_id=removal_id,
    )


def merged(
    segments: Sequence[IndexSegment], hidden: Sequence[Mask], removal_id: int = 0
) -> IndexSegment:
    """Return one index segment merged from several, without hidden rows.

    Args:
        segments: the index segments, in their order.
        hidden: for each segment, the mask of hidden rows, `(rows,) bool`.
        removal_id: newest removal that the result has applied.
    """
    visible = [~mask for mask in hidden]
    sources = np.concatenate([p.sources[k] for p, k in zip(segments, visible, strict=True)])
    slots, size = _laid_out(sources)
    moved: list[Slots] = []
    lengths = np.zeros(size, dtype=np.float32)
    first = 0
    for segment, keep in zip(segments, visible, strict=True):
        count = int(keep.sum())
        to = np.full(segment.size, -1, dtype=np.int32)
        to[segment.slots[keep]] = slots[first : first + count]
        lengths[slots[first : first + count]] = segment.lengths[segment.slots[keep]]
        moved.append(to)
        first += count
    return IndexSegment(
        ids=np.concatenate([p.ids[k] for p, k in zip(segments, visible, strict=True)]),
        sources=sources,
        slots=slots,
        size=size,
        lengths=lengths,
        stems=joined([p.stems for p in segments], moved),
        speakers=joined([p.speakers for p in segments], moved),
        people=joined([p.people for p in segments], moved),
        languages=joined([p.languages for p in segments], moved),
        kinds=joined([p.kinds for p in segments], moved),
        dense=joined_vectors([segment.dense for segment in segments], visible),
        complete=all(segment.complete for segment in segments),
        removal_id=removal_id,
    )


def _laid_out(sources: NDArray[np.int64]) -> tuple[Slots, int]:
    """Return the slot of each row, `(rows,) int32`, and the number of slots.

    Each source is followed by a gap.
    """
    if not len(sources):
        return np.empty(0, dtype=np.int32), 0
    before = np.concatenate(([0], np.cumsum(sources[1:] != sources[:-1])))
    slots = (np.arange(len(sources)) + GAP * before).astype(np.int32)
    return slots, -(-(int(slots[-1]) + 1 + GAP) // BLOCK) * BLOCK


def _shares(slots: Slots, rows: Sequence[IndexRow], *, by: int) -> Postings:
    """Return postings by speaker. A count is the share of a passage's words that the speaker says.

    Args:
        slots: slot of each passage, `(n,) int32`.
        rows: the passages.
        by: 0 for person ids as keys, 1 for names.
    """
    known = [[s for s in row.speakers if s[by]] for row in rows]
    totals = [sum(speaker[2] for speaker in row.speakers) or 1 for row in rows]
    shares = [s[2] / total for speakers, total in zip(known, totals, strict=True) for s in speakers]
    return collect(slots, [[s[by] for s in speakers] for speakers in known], shares)
