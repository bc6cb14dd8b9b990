"""Incremental index of a library. It is derived from the database only.

Passages are never edited and their ids are never reused. An update of the index therefore has two
steps: it indexes passages after the newest known id, and hides passages that were removed. Readers
use an immutable snapshot. A reader that notices a change publishes the next snapshot. Small
segments are merged often and large ones rarely, as in a log-structured merge tree (O'Neil et al.
1996).
"""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from library.errors import LibraryError
from library.sessions import passages
from library.sessions.passages import Stamp
from library.store import Library, Transaction
from search.index.index_segment import IndexSegment, Mask, build, merged
from search.index.scope import SegmentView
from search.index.segment_store import IndexStore
from search.index.snapshot import Snapshot

logger = logging.getLogger(__name__)

BATCH = 20_000  # passages per segment built in the background
SOON = 1_000  # passages indexed within a query; further passages are indexed in the background
GROWTH = 4  # a segment is merged with the one before it, unless the latter is GROWTH times larger
AT_ONCE = 2_000  # passages merged within a query; larger merges run in the background
REST = 10.0  # seconds between two attempts to save segments on disk


class LiveIndex:
    """Live index of one library with the vectors of one model."""

    def __init__(self, library: Library, *, model: str, dimension: int) -> None:
        self.model = model
        self._library = library
        self._dimension = dimension
        self._store = IndexStore(library.settings, model)
        self._snapshot = Snapshot(Stamp())
        self._opened = False
        self._changing = threading.Lock()
        self._tidying = threading.Lock()
        self._filling: threading.Thread | None = None
        self._rest_until = 0.0  # seconds of the monotonic clock

    def current(self, db: Transaction) -> Snapshot:
        """Return a snapshot that is up to date with *db*, unless indexing would take long.

        A large backlog is indexed in the background, oldest passages first. Until it is done, the
        snapshot lacks the newest passages, and its `stamp` has the id of the newest indexed
        passage. Removed passages are never in the snapshot. Another reader with a newer transaction
        may have published a snapshot that is ahead of *db*. That snapshot is returned, because work
        on an older snapshot would index passages twice.
        """
        stamp = passages.stamp(db)
        if _is_behind(self._snapshot.stamp, stamp) or not self._opened:
            with self._changing:
                if not self._opened:
                    self._snapshot = self._from_disk(db)
                    self._opened = True
                if _is_behind(self._snapshot.stamp, stamp):
                    self._snapshot = self._followed(db, self._snapshot)
                    self._fill_if_behind(stamp)
        self._tidy_if_worthwhile()
        return self._snapshot

    def whole(self, db: Transaction) -> Snapshot:
        """Return a snapshot with all passages of *db*. Blocks until they are indexed."""
        while self.current(db).stamp.passage_id < passages.stamp(db).passage_id:
            if (filling := self._filling) is not None:
                filling.join()
        return self._snapshot

    def _from_disk(self, db: Transaction) -> Snapshot:
        """Return the snapshot stored on disk; an empty one if it does not match the library."""
        stored = self._store.load()
        if stored is not None:
            stamp = Stamp(stored.passage_id, stored.removal_id)
            found = self._without_removed(
                db, Snapshot(stamp, tuple(SegmentView(segment) for segment in stored.segments))
            )
            if found.census() == passages.census(db, up_to=stored.passage_id):
                return found
            logger.warning("The index on disk belongs to another library. It is rebuilt.")
        return Snapshot(Stamp())

    def _followed(self, db: Transaction, old: Snapshot) -> Snapshot:
        """Return a snapshot without removed passages and with a small batch of new passages."""
        now = self._without_removed(db, old)
        if self._filling is not None:
            return now
        rows = passages.rows_after(db, now.stamp.passage_id, model=self.model, limit=SOON)
        if not rows:
            return now
        segment = build(rows, self._dimension, now.stamp.removal_id)
        stamp = replace(now.stamp, passage_id=rows[-1].id)
        return Snapshot(stamp, (*now.shown, SegmentView(segment)))

    def _without_removed(self, db: Transaction, old: Snapshot) -> Snapshot:
        removals = passages.removed_after(db, old.stamp.removal_id)
        if not removals:
            return old
        removed_ids = np.array([passage_id for _, passage_id in removals], dtype=np.int64)
        stamp = replace(old.stamp, removal_id=removals[-1][0])
        return Snapshot(stamp, tuple(_hide(each, removed_ids) for each in old.shown))

    def _fill_if_behind(self, stamp: Stamp) -> None:
        if self._filling is None and self._snapshot.stamp.passage_id < stamp.passage_id:
            self._filling = threading.Thread(target=self._fill, name="fill-index", daemon=True)
            self._filling.start()

    def _fill(self) -> None:
        """Index new passages batch by batch. Searches find each batch as soon as it is indexed."""
        try:
            while self._add_batch():
                self._tidy_if_worthwhile()
        finally:
            self._filling = None

    def _add_batch(self) -> bool:
        """Index the oldest passages that are missing; return whether the batch was full."""
        with self._library.reading() as db:
            removal_id = passages.stamp(db).removal_id
        built = self._next_segments(removal_id)
        if not built:
            return False
        segment = merged(built, [np.zeros(len(each), bool) for each in built], removal_id)
        with self._changing, self._library.reading() as db:
            removals = passages.removed_after(db, removal_id)
            removed_ids = np.array([passage_id for _, passage_id in removals], dtype=np.int64)
            now = self._snapshot
            stamp = replace(now.stamp, passage_id=int(segment.ids[-1]))
            self._snapshot = Snapshot(stamp, (*now.shown, _hide(SegmentView(segment), removed_ids)))
        return len(segment) == BATCH

    def _next_segments(self, removal_id: int) -> Sequence[IndexSegment]:
        """Return small segments of the oldest passages not yet indexed, one batch in total.

        Each segment is read in its own transaction. An open read transaction blocks the truncation
        of the write-ahead log, which still holds deleted text.
        """
        built: list[IndexSegment] = []
        newest = self._snapshot.stamp.passage_id
        while sum(map(len, built)) < BATCH:
            with self._library.reading() as db:
                rows = passages.rows_after(db, newest, model=self.model, limit=SOON)
            if not rows:
                break
            built.append(build(rows, self._dimension, removal_id))
            newest = rows[-1].id
        return built

    def _tidy_if_worthwhile(self) -> None:
        now = self._snapshot
        size = _worth_merging(now)
        wanting = self._store.wants(now.segments) and time.monotonic() > self._rest_until
        if not (size or wanting) or not self._tidying.acquire(blocking=False):
            return
        if size <= AT_ONCE and not wanting:
            self._tidy()
        else:
            threading.Thread(target=self._tidy, name="merge-index", daemon=True).start()

    def _tidy(self) -> None:
        """Merge the newest segments and save the large ones on disk."""
        try:
            self._merge()
            self._keep()
        except (LibraryError, OSError) as error:
            logger.warning("The index cannot be saved on disk: %s", error)
        finally:
            self._rest_until = time.monotonic() + REST
            self._tidying.release()

    def _merge(self) -> None:
        """Merge the newest segments. Other threads may add or remove passages during the merge."""
        before = self._snapshot
        first = min(_merge_from(before), self._first_to_renew(before))
        old = before.shown[first:]
        if not old:
            return
        masks = [np.zeros(len(s.segment), bool) if s.hidden is None else s.hidden for s in old]
        segment = merged([s.segment for s in old], masks, before.stamp.removal_id)
        with self._changing:
            now = self._snapshot
            hidden_ids = _newly_hidden(before, now)
            self._snapshot = Snapshot(
                now.stamp,
                (
                    *now.shown[:first],
                    _hide(SegmentView(segment), hidden_ids),
                    *now.shown[len(before.shown) :],
                ),
            )

    def _first_to_renew(self, snapshot: Snapshot) -> int:
        """Return the number of the first segment that must be rewritten before it is saved.

        A segment is rewritten if it has hidden rows.
        """
        renewed = [
            number
            for number, shown in enumerate(snapshot.shown)
            if shown.hidden is not None and self._store.wants([shown.segment])
        ]
        return renewed[0] if renewed else len(snapshot.shown)

    def _keep(self) -> None:
        """Save the large segments on disk and use the memory-mapped copies."""
        before = self._snapshot
        if not self._store.wants(before.segments):
            return
        saved = self._store.keep(before.segments, self._is_outdated)
        with self._changing:
            now = self._snapshot
            mapped = [
                SegmentView(segment, shown.hidden) if segment is not shown.segment else shown
                for segment, shown in zip(saved, now.shown, strict=False)
            ]
            self._snapshot = Snapshot(now.stamp, (*mapped, *now.shown[len(mapped) :]))

    def _is_outdated(self, segment: IndexSegment) -> bool:
        """Return whether a passage of the segment was removed after the segment was built."""
        with self._library.reading() as db:
            removals = passages.removed_after(db, segment.removal_id)
        return bool(np.isin([passage_id for _, passage_id in removals], segment.ids).any())


def _is_behind(ours: Stamp, theirs: Stamp) -> bool:
    """Return whether the index lacks a passage or a removal that the library has.

    Args:
        ours: newest passage and removal that the index has read.
        theirs: newest passage and removal in the library.
    """
    return ours.passage_id < theirs.passage_id or ours.removal_id < theirs.removal_id


def _hide(shown: SegmentView, removed: NDArray[np.int64]) -> SegmentView:
    """Return the segment view that also hides the passages *removed*, `(n,) int64` ids."""
    ids = shown.segment.ids
    rows = np.searchsorted(ids, removed)
    rows = rows[(rows < len(ids)) & (ids[np.minimum(rows, len(ids) - 1)] == removed)]
    if not len(rows):
        return shown
    fresh = np.zeros(len(ids), dtype=bool)
    fresh[rows] = True
    return SegmentView(shown.segment, fresh if shown.hidden is None else shown.hidden | fresh)


def _newly_hidden(before: Snapshot, now: Snapshot) -> NDArray[np.int64]:
    """Return the ids of passages hidden since the snapshot *before*, `(n,) int64`."""
    found = [np.empty(0, dtype=np.int64)]
    for old, new in zip(before.shown, now.shown, strict=False):
        if new.hidden is not None:
            fresh: Mask = new.hidden if old.hidden is None else new.hidden & ~old.hidden
            found.append(new.segment.ids[fresh])
    return np.concatenate(found)


def _merge_from(snapshot: Snapshot) -> int:
    """Return the number of the first segment to merge; the segment count if none is to merge."""
    sizes = [len(segment) for segment in snapshot.segments]
    first, size = len(sizes) - 1, 0
    while first > 0:
        size += sizes[first]
        if sizes[first - 1] >= GROWTH * size:
            break
        first -= 1
    return first if first < len(sizes) - 1 else len(sizes)


def _worth_merging(snapshot: Snapshot) -> int:
    """Return the number of passages that a merge would rewrite; 0 if no merge is worthwhile."""
    sizes: Sequence[int] = [len(segment) for segment in snapshot.segments]
    return sum(sizes[_merge_from(snapshot) :])
