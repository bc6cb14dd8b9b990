"""Index of the titles and descriptions of sessions, in memory.

It is small beside the index of passages, and follows the database as that index does. Readers use
an immutable snapshot, new rows hide older ones with the same id, and small parts are merged often,
large ones rarely.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from library.discovery import session_texts
from library.discovery.session_texts import SessionText, TextStamp
from library.store import Library, Transaction
from search.index.index_segment import Mask
from search.index.postings import Postings, collect, joined
from search.text.analyzer import stems, words

SOON = 5_000  # sessions read within a question; more are read in the background …
BATCH = 5_000  # … this many in one transaction
GROWTH = 2  # a part is merged with the one before it, unless the latter is GROWTH times larger


@dataclass(frozen=True)
class TextPart:
    """Postings of the titles and descriptions of some sessions. Slots are row numbers."""

    ids: NDArray[np.int64]  # session ids by row, ascending
    titles: Postings  # keyed by stem, and by the whole title (`whole_title`)
    descriptions: Postings  # keyed by stem
    title_sizes: NDArray[np.float32]  # number of distinct stems in the title, by row

    def __len__(self) -> int:
        return len(self.ids)


class PartView(NamedTuple):
    """A part, and the mask of rows that a newer part has not replaced, `(rows,) bool`."""

    part: TextPart
    rows: Mask


@dataclass(frozen=True)
class TextIndex:
    """Immutable snapshot of the index."""

    stamp: TextStamp = field(default_factory=TextStamp)
    parts: Sequence[PartView] = ()

    @property
    def count(self) -> int:
        """Number of sessions."""
        return sum(int(np.count_nonzero(view.rows)) for view in self.parts)

    def frequency(self, stem: str) -> int:
        """Return about how many sessions have a stem in their title or description."""
        found = sum(v.part.titles.count(stem) + v.part.descriptions.count(stem) for v in self.parts)
        return min(found, self.count)

    def with_rows(self, rows: Sequence[SessionText], stamp: TextStamp) -> "TextIndex":
        """Return a snapshot in which *rows*, sorted by id, replace older rows of the same ids."""
        if not rows:
            return TextIndex(stamp, self.parts)
        new = _built(rows)
        parts = [
            PartView(view.part, view.rows & ~np.isin(view.part.ids, new.ids)) for view in self.parts
        ]
        parts.append(PartView(new, np.ones(len(new), dtype=bool)))
        while len(parts) > 1 and len(parts[-2].part) < GROWTH * len(parts[-1].part):
            parts[-2:] = [_merged(parts[-2:])]
        return TextIndex(stamp, parts)


def whole_title(title: str) -> str:
    """Return the key of a whole title, which is no stem; empty for a title without words."""
    return "".join(f" {word}" for word in words(title))


@dataclass
class LiveTexts:
    """Index of one library that follows changes of titles and descriptions."""

    library: Library
    _index: TextIndex = field(default_factory=TextIndex)
    _changing: threading.Lock = field(default_factory=threading.Lock)
    _filling: threading.Thread | None = None

    def current(self, db: Transaction) -> TextIndex:
        """Return a snapshot that is up to date with *db*, unless reading would take long.

        Then a thread reads the rest, oldest sessions first. Another reader with a newer transaction
        may have made a snapshot that is ahead of *db*. It is returned.
        """
        newest = session_texts.stamp(db)
        if _is_behind(self._index.stamp, newest):
            with self._changing:
                if self._filling is None and _is_behind(self._index.stamp, newest):
                    self._follow(db, newest)
        return self._index

    def whole(self, db: Transaction) -> TextIndex:
        """Return a snapshot with all sessions of *db*. Blocks until they are read."""
        while _is_behind(self.current(db).stamp, session_texts.stamp(db)):
            if (filling := self._filling) is not None:
                filling.join()
        return self._index

    def _follow(self, db: Transaction, newest: TextStamp) -> None:
        known = self._index.stamp
        if newest.session_id - known.session_id > SOON:
            self._filling = threading.Thread(target=self._fill, name="fill-titles", daemon=True)
            self._filling.start()
            return
        rows = {row.session_id: row for row in session_texts.rows_changed(db, known.described_at)}
        for row in session_texts.rows_after(db, known.session_id, limit=SOON):
            rows[row.session_id] = row
        self._index = self._index.with_rows([rows[i] for i in sorted(rows)], newest)

    def _fill(self) -> None:
        """Read the oldest sessions that are missing, batch by batch."""
        try:
            full = True
            while full:
                known = self._index.stamp
                with self.library.reading() as db:
                    rows = session_texts.rows_after(db, known.session_id, limit=BATCH)
                if rows:
                    stamp = TextStamp(rows[-1].session_id, known.described_at)
                    self._index = self._index.with_rows(rows, stamp)
                full = len(rows) == BATCH
        finally:
            self._filling = None


def _is_behind(stamp: TextStamp, newest: TextStamp) -> bool:
    if newest.described_at is not None and (
        stamp.described_at is None or stamp.described_at < newest.described_at
    ):
        return True
    return stamp.session_id < newest.session_id


def _built(rows: Sequence[SessionText]) -> TextPart:
    slots = np.arange(len(rows), dtype=np.int32)
    titles = [stems(row.title) for row in rows]
    keys = [
        [*dict.fromkeys(title), *filter(None, [whole_title(row.title)])]
        for title, row in zip(titles, rows, strict=True)
    ]
    return TextPart(
        ids=np.array([row.session_id for row in rows], dtype=np.int64),
        titles=collect(slots, keys),
        descriptions=collect(slots, [list(dict.fromkeys(stems(r.description))) for r in rows]),
        title_sizes=np.array([len(set(title)) for title in titles], dtype=np.float32),
    )


def _merged(views: Sequence[PartView]) -> PartView:
    """Return one part without replaced rows."""
    ids = np.concatenate([view.part.ids[view.rows] for view in views])
    order = np.argsort(ids)
    rank = np.empty(len(ids), dtype=np.int32)
    rank[order] = np.arange(len(ids), dtype=np.int32)
    moved, first = [], 0
    for part, rows in views:
        count = int(np.count_nonzero(rows))
        to = np.full(len(part), -1, dtype=np.int32)
        to[rows] = rank[first : first + count]
        moved.append(to)
        first += count
    sizes = np.concatenate([view.part.title_sizes[view.rows] for view in views])
    part = TextPart(
        ids=ids[order],
        titles=joined([view.part.titles for view in views], moved),
        descriptions=joined([view.part.descriptions for view in views], moved),
        title_sizes=sizes[order],
    )
    return PartView(part, np.ones(len(part), dtype=bool))
