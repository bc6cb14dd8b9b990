"""A part of the index: passages on a line, one source after the other, with their words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from library.passages import IndexRow
from search.dense import DenseIndex, FaissIndex, stacked
from search.postings import Places, Postings, collect, joined
from search.words import stems

GAP = 12  # empty places after each source, so that no window reaches from one into the next


@dataclass(frozen=True)
class Part:
    """Passages that were indexed together; never changed, only replaced by a larger part.

    Every passage has a row (0, 1, 2 …: vectors are kept so) and a place on the line (postings
    are kept so, for a window around a place is then a slice).
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

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def distinct_sources(self) -> NDArray[np.int64]:
        """The sources that have passages here, ascending."""
        return np.unique(self.sources)


def build(rows: Sequence[IndexRow], dimension: int) -> Part:
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
        dense=FaissIndex(stacked([row.vector for row in rows], dimension)),
    )


def merged(parts: Sequence[Part], hidden: Sequence[NDArray[np.bool_]]) -> Part:
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
    vectors = [part.dense.halves()[keep] for part, keep in zip(parts, kept, strict=True)]
    return Part(
        ids=np.concatenate([p.ids[k] for p, k in zip(parts, kept, strict=True)]),
        sources=sources,
        places=places,
        size=size,
        lengths=lengths,
        stems=joined([p.stems for p in parts], moved),
        speakers=joined([p.speakers for p in parts], moved),
        people=joined([p.people for p in parts], moved),
        dense=FaissIndex(np.concatenate(vectors)),
    )


def _laid_out(sources: NDArray[np.int64]) -> tuple[Places, int]:
    """The place of each row on a line with a gap after each source; and the line's size."""
    if not len(sources):
        return np.empty(0, dtype=np.int32), 0
    before = np.concatenate(([0], np.cumsum(sources[1:] != sources[:-1])))
    places = (np.arange(len(sources)) + GAP * before).astype(np.int32)
    return places, int(places[-1]) + 1 + GAP


def _shares(places: Places, rows: Sequence[IndexRow], *, by: int) -> Postings:
    """Who speaks in each passage and how much of it, by person id (0) or name (1)."""
    known = [[s for s in row.speakers if s[by]] for row in rows]
    totals = [sum(speaker[2] for speaker in row.speakers) or 1 for row in rows]
    shares = [s[2] / total for said, total in zip(known, totals, strict=True) for s in said]
    return collect(places, [[s[by] for s in said] for said in known], shares)
