"""The index follows the library: derived from it, never written by anybody else.

Passages are never edited and their ids never used again, so following means: index what came
after the newest known id, hide what was removed since. Readers work on an immutable snapshot;
whoever notices a change publishes the next one. Large parts are merged rarely, small ones often,
as in a log-structured merge tree (O'Neil et al. 1996).
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from library import passages
from library.passages import Stamp
from library.store import Library, Transaction
from search.field import Field, lay_out
from search.part import Part, build, merged
from search.ranking import WORDS
from search.words import words

Mask = NDArray[np.bool_]

BATCH = 10_000  # passages read at a time
GROWTH = 4  # a part is merged with the one before unless that is this many times larger
AT_ONCE = 20_000  # passages that are merged while a question waits; more, in the background


@dataclass(frozen=True)
class Snapshot:
    """The index at one moment."""

    stamp: Stamp
    parts: tuple[Part, ...] = ()
    hidden: tuple[Mask | None, ...] = ()  # which rows of each part are gone

    @cached_property
    def everything(self) -> Field:
        """The field of all passages."""
        return lay_out(self.parts, self.hidden, None)

    @cached_property
    def averages(self) -> dict[int, float]:
        """Mean number of stems in a window, by its reach."""
        field = self.everything
        return {
            reach: float(field.window_lengths(reach)[field.filled].mean()) if field.count else 1.0
            for reach in WORDS
        }

    @cached_property
    def speakers(self) -> Mapping[str, frozenset[str]]:
        """Names of all who speak, with the words of each."""
        names = dict.fromkeys(str(n) for part in self.parts for n in part.speakers.numbers)
        return {name: frozenset(words(name)) for name in names}

    def frequency(self, stem: str) -> int:
        """In how many passages a stem occurs."""
        return len(self.everything.find("stems", stem)[0])


class Index:
    """Follows one library with the vectors of one model."""

    def __init__(self, library: Library, *, model: str, dimension: int) -> None:
        self.model = model
        self._library = library
        self._dimension = dimension
        self._snapshot = Snapshot(Stamp())
        self._changing = threading.Lock()
        self._merging = threading.Lock()

    def current(self, db: Transaction) -> Snapshot:
        """The index as of now: at least what the view of the library that *db* has.

        Another reader with a newer view may have been faster. Then the index is ahead of *db* and
        stays so: going back would bring in twice what it knows already.
        """
        stamp = passages.stamp(db)
        if _is_behind(self._snapshot.stamp, stamp):
            with self._changing:
                if _is_behind(self._snapshot.stamp, stamp):
                    self._snapshot = self._followed(db, self._snapshot)
            self._merge_if_worthwhile()
        return self._snapshot

    def _followed(self, db: Transaction, old: Snapshot) -> Snapshot:
        last, rows = old.stamp.passage_id, []
        parts, hidden = list(old.parts), list(old.hidden)
        while batch := passages.rows_after(db, last, model=self.model, limit=BATCH):
            last = batch[-1].id
            rows += batch
        if rows:
            parts.append(build(rows, self._dimension))
            hidden.append(None)
        removals = passages.removed_after(db, old.stamp.removal_id)
        gone = np.array([passage_id for _, passage_id in removals], dtype=np.int64)
        return Snapshot(
            Stamp(last, removals[-1][0] if removals else old.stamp.removal_id),
            tuple(parts),
            tuple(_hide(part, mask, gone) for part, mask in zip(parts, hidden, strict=True)),
        )

    def _merge_if_worthwhile(self) -> None:
        size = _worth_merging(self._snapshot)
        if size == 0 or not self._merging.acquire(blocking=False):
            return
        if size <= AT_ONCE:
            self._merge()
        else:
            threading.Thread(target=self._merge, name="merge-index", daemon=True).start()

    def _merge(self) -> None:
        """Merge the newest parts; what is saved or removed meanwhile is taken over."""
        try:
            before = self._snapshot
            first = _merge_from(before)
            masks = [
                np.zeros(len(p), dtype=bool) if h is None else h
                for p, h in zip(before.parts[first:], before.hidden[first:], strict=True)
            ]
            part = merged(before.parts[first:], masks)
            with self._changing:
                now = self._snapshot
                gone = _newly_hidden(before, now)
                self._snapshot = replace(
                    now,
                    parts=(*now.parts[:first], part, *now.parts[len(before.parts) :]),
                    hidden=(
                        *now.hidden[:first],
                        _hide(part, None, gone),
                        *now.hidden[len(before.parts) :],
                    ),
                )
        finally:
            self._merging.release()


def _is_behind(ours: Stamp, theirs: Stamp) -> bool:
    """Whether the library has a passage or a removal that we do not know."""
    return ours.passage_id < theirs.passage_id or ours.removal_id < theirs.removal_id


def _hide(part: Part, mask: Mask | None, gone: NDArray[np.int64]) -> Mask | None:
    """The mask of a part's hidden rows with those of *gone* that are in it."""
    fresh = np.isin(part.ids, gone) if len(gone) else None
    if fresh is None or not fresh.any():
        return mask
    return fresh if mask is None else mask | fresh


def _newly_hidden(before: Snapshot, now: Snapshot) -> NDArray[np.int64]:
    """Passages that were hidden after *before* was taken."""
    found = [np.empty(0, dtype=np.int64)]
    for part, old, new in zip(before.parts, before.hidden, now.hidden, strict=False):
        if new is not None:
            found.append(part.ids[new if old is None else new & ~old])
    return np.concatenate(found)


def _merge_from(snapshot: Snapshot) -> int:
    """The first of the newest parts that are better merged; the number of parts when none are."""
    first, size = len(snapshot.parts) - 1, 0
    while first > 0:
        size += len(snapshot.parts[first])
        if len(snapshot.parts[first - 1]) >= GROWTH * size:
            break
        first -= 1
    return first if first < len(snapshot.parts) - 1 else len(snapshot.parts)


def _worth_merging(snapshot: Snapshot) -> int:
    """How many passages a merge would move now; 0 when none is worthwhile."""
    sizes: Sequence[int] = [len(part) for part in snapshot.parts]
    return sum(sizes[_merge_from(snapshot) :])
