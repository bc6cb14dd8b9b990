"""The index follows the library: derived from it, never written by anybody else.

Passages are never edited and their ids never used again, so following means: index what came
after the newest known id, hide what was removed since. Readers work on an immutable snapshot;
whoever notices a change publishes the next one. Large parts are merged rarely, small ones often,
as in a log-structured merge tree (O'Neil et al. 1996).
"""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from library.errors import LibraryError
from library.holdings import passages
from library.holdings.passages import Stamp
from library.store import Library, Transaction
from search.area import Shown
from search.kept import Shelf
from search.part import Mask, Part, build, merged
from search.snapshot import Snapshot

logger = logging.getLogger(__name__)

BATCH = 20_000  # passages that become a part at a time, in the background
SOON = 1_000  # passages that become a part while a question waits; after more, it goes on without
GROWTH = 4  # a part is merged with the one before unless that is this many times larger
AT_ONCE = 2_000  # passages that are merged while a question waits; more, in the background
REST = 10.0  # seconds between two attempts to keep parts on disk


class Index:
    """Follows one library with the vectors of one model."""

    def __init__(self, library: Library, *, model: str, dimension: int) -> None:
        self.model = model
        self._library = library
        self._dimension = dimension
        self._shelf = Shelf(library.settings, model)
        self._snapshot = Snapshot(Stamp())
        self._opened = False
        self._changing = threading.Lock()
        self._tidying = threading.Lock()
        self._filling: threading.Thread | None = None
        self._rest_until = 0.0  # seconds of the monotonic clock

    def current(self, db: Transaction) -> Snapshot:
        """The index as of now: what the view of the library that *db* has, unless that is much.

        What takes long is indexed in the background, the oldest passages first; until then the
        stamp says how far it has come. What was removed is never there. Another reader with a
        newer view may have been faster. Then the index is ahead of *db* and stays so: going back
        would bring in twice what it knows already.
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
        """The index with all that *db* has, however long that takes."""
        while self.current(db).stamp.passage_id < passages.stamp(db).passage_id:
            if (filling := self._filling) is not None:
                filling.join()
        return self._snapshot

    def _from_disk(self, db: Transaction) -> Snapshot:
        """What was kept on disk; nothing, unless that is the library."""
        kept = self._shelf.load()
        if kept is not None:
            stamp = Stamp(kept.passage_id, kept.removal_id)
            found = self._without_removed(
                db, Snapshot(stamp, tuple(Shown(part) for part in kept.parts))
            )
            if found.census() == passages.census(db, up_to=kept.passage_id):
                return found
            logger.warning("The index on disk is of another library and is built anew.")
        return Snapshot(Stamp())

    def _followed(self, db: Transaction, old: Snapshot) -> Snapshot:
        """Without what was removed, and with what came since, unless that is much."""
        now = self._without_removed(db, old)
        if self._filling is not None:
            return now
        rows = passages.rows_after(db, now.stamp.passage_id, model=self.model, limit=SOON)
        if not rows:
            return now
        part = build(rows, self._dimension, now.stamp.removal_id)
        stamp = replace(now.stamp, passage_id=rows[-1].id)
        return Snapshot(stamp, (*now.shown, Shown(part)))

    def _without_removed(self, db: Transaction, old: Snapshot) -> Snapshot:
        removals = passages.removed_after(db, old.stamp.removal_id)
        if not removals:
            return old
        gone = np.array([passage_id for _, passage_id in removals], dtype=np.int64)
        stamp = replace(old.stamp, removal_id=removals[-1][0])
        return Snapshot(stamp, tuple(_hide(each, gone) for each in old.shown))

    def _fill_if_behind(self, stamp: Stamp) -> None:
        if self._filling is None and self._snapshot.stamp.passage_id < stamp.passage_id:
            self._filling = threading.Thread(target=self._fill, name="fill-index", daemon=True)
            self._filling.start()

    def _fill(self) -> None:
        """Index what came since, batch by batch; each can be found as soon as it is done."""
        try:
            while self._add_batch():
                self._tidy_if_worthwhile()
        finally:
            self._filling = None

    def _add_batch(self) -> bool:
        """Add a part of the oldest passages that are not here yet; whether there were many."""
        with self._library.reading() as db:
            removal_id = passages.stamp(db).removal_id
        built = self._next_parts(removal_id)
        if not built:
            return False
        part = merged(built, [np.zeros(len(each), bool) for each in built], removal_id)
        with self._changing, self._library.reading() as db:
            removals = passages.removed_after(db, removal_id)
            gone = np.array([passage_id for _, passage_id in removals], dtype=np.int64)
            now = self._snapshot
            stamp = replace(now.stamp, passage_id=int(part.ids[-1]))
            self._snapshot = Snapshot(stamp, (*now.shown, _hide(Shown(part), gone)))
        return len(part) == BATCH

    def _next_parts(self, removal_id: int) -> Sequence[Part]:
        """Small parts of the oldest passages that are not here yet, as many as are a batch.

        Each is read in a view of its own: while an older view is open, the database's log cannot
        be emptied of what was deleted.
        """
        built: list[Part] = []
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
        wanting = self._shelf.wants(now.parts) and time.monotonic() > self._rest_until
        if not (size or wanting) or not self._tidying.acquire(blocking=False):
            return
        if size <= AT_ONCE and not wanting:
            self._tidy()
        else:
            threading.Thread(target=self._tidy, name="merge-index", daemon=True).start()

    def _tidy(self) -> None:
        """Merge the newest parts and keep the large ones on disk."""
        try:
            self._merge()
            self._keep()
        except (LibraryError, OSError) as error:
            logger.warning("The index cannot be kept on disk: %s", error)
        finally:
            self._rest_until = time.monotonic() + REST
            self._tidying.release()

    def _merge(self) -> None:
        """Merge the newest parts; what is saved or removed meanwhile is taken over."""
        before = self._snapshot
        first = min(_merge_from(before), self._first_to_renew(before))
        old = before.shown[first:]
        if not old:
            return
        masks = [np.zeros(len(s.part), bool) if s.hidden is None else s.hidden for s in old]
        part = merged([s.part for s in old], masks, before.stamp.removal_id)
        with self._changing:
            now = self._snapshot
            gone = _newly_hidden(before, now)
            self._snapshot = Snapshot(
                now.stamp,
                (
                    *now.shown[:first],
                    _hide(Shown(part), gone),
                    *now.shown[len(before.shown) :],
                ),
            )

    def _first_to_renew(self, snapshot: Snapshot) -> int:
        """The first part that may not go to disk as it is, since something of it is gone."""
        renewed = [
            number
            for number, shown in enumerate(snapshot.shown)
            if shown.hidden is not None and self._shelf.wants([shown.part])
        ]
        return renewed[0] if renewed else len(snapshot.shown)

    def _keep(self) -> None:
        """Keep the large parts on disk, and use them from there."""
        before = self._snapshot
        if not self._shelf.wants(before.parts):
            return
        kept = self._shelf.keep(before.parts, self._is_outdated)
        with self._changing:
            now = self._snapshot
            mapped = [
                Shown(part, shown.hidden) if part is not shown.part else shown
                for part, shown in zip(kept, now.shown, strict=False)
            ]
            self._snapshot = Snapshot(now.stamp, (*mapped, *now.shown[len(mapped) :]))

    def _is_outdated(self, part: Part) -> bool:
        """Whether something of a part was removed from the library since it was made."""
        with self._library.reading() as db:
            gone = [passage_id for _, passage_id in passages.removed_after(db, part.removal_id)]
        return bool(np.isin(gone, part.ids).any())


def _is_behind(ours: Stamp, theirs: Stamp) -> bool:
    """Whether the library has a passage or a removal that we do not know."""
    return ours.passage_id < theirs.passage_id or ours.removal_id < theirs.removal_id


def _hide(shown: Shown, gone: NDArray[np.int64]) -> Shown:
    """A part with those of its rows hidden that are *gone*, too."""
    ids = shown.part.ids
    rows = np.searchsorted(ids, gone)
    rows = rows[(rows < len(ids)) & (ids[np.minimum(rows, len(ids) - 1)] == gone)]
    if not len(rows):
        return shown
    fresh = np.zeros(len(ids), dtype=bool)
    fresh[rows] = True
    return Shown(shown.part, fresh if shown.hidden is None else shown.hidden | fresh)


def _newly_hidden(before: Snapshot, now: Snapshot) -> NDArray[np.int64]:
    """Passages that were hidden after *before* was taken."""
    found = [np.empty(0, dtype=np.int64)]
    for old, new in zip(before.shown, now.shown, strict=False):
        if new.hidden is not None:
            fresh: Mask = new.hidden if old.hidden is None else new.hidden & ~old.hidden
            found.append(new.part.ids[fresh])
    return np.concatenate(found)


def _merge_from(snapshot: Snapshot) -> int:
    """The first of the newest parts that are better merged; the number of parts when none are."""
    sizes = [len(part) for part in snapshot.parts]
    first, size = len(sizes) - 1, 0
    while first > 0:
        size += sizes[first]
        if sizes[first - 1] >= GROWTH * size:
            break
        first -= 1
    return first if first < len(sizes) - 1 else len(sizes)


def _worth_merging(snapshot: Snapshot) -> int:
    """How many passages a merge would move now; 0 when none is worthwhile."""
    sizes: Sequence[int] = [len(part) for part in snapshot.parts]
    return sum(sizes[_merge_from(snapshot) :])
