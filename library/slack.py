"""Words that are left between the cells of a database's pages, overwritten in place.

SQLite overwrites what it deletes (`secure_delete`), but when it splits or joins pages it leaves
copies of rows in the gap that each page has between its list of cells and their content. Writing
the whole file anew (VACUUM) would remove them in seconds; this takes a fraction of one. Only
bytes of gaps are written, which SQLite never reads, so no moment and no crash can do harm.

Source: Database File Format, sections 1.3 and 1.6, https://www.sqlite.org/fileformat2.html
"""

import os
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

HEADER = 100  # bytes of the file that stand before the first page's own header
TREE = struct.Struct(">BHHH")  # how a page of a tree begins: kind, free, cells, content
HEADERS = {2: 12, 5: 12, 10: 8, 13: 8}  # bytes of the header, by kind of page
AT_ONCE = 512  # pages that are read at a time
MOST = 2**24  # pages; behind them the address of a page could be taken for the kind of one
ATTEMPTS = 3


class Slack:
    """The gaps of one database file.

    The file stays open until `close`: closing it any earlier would drop the locks that SQLite
    holds on it in this process (POSIX).
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._file = os.open(database, os.O_RDWR)

    def close(self) -> None:
        """Let go of the file, once SQLite has."""
        os.close(self._file)

    def clear(self, patience: int) -> bool:
        """Overwrite all gaps; False where others are writing, or read what is older.

        Args:
            patience: milliseconds that are waited for others.
        """
        with closing(sqlite3.connect(self._database, isolation_level=None)) as db:
            db.execute(f"PRAGMA busy_timeout={patience // ATTEMPTS}")
            for _ in range(ATTEMPTS):
                try:
                    if self._clear(db):
                        return True
                except sqlite3.OperationalError as error:
                    if "locked" not in str(error):
                        raise
        return False

    def _clear(self, db: sqlite3.Connection) -> bool:
        unusual = self._is_unusual(db)
        if unusual:
            db.execute("VACUUM")
        busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy or unusual:
            return not busy
        db.execute("BEGIN IMMEDIATE")  # nobody writes from now on
        try:
            log = self._database.with_name(f"{self._database.name}-wal")
            if log.exists() and log.stat().st_size:
                return False  # somebody was faster: their pages are not in the file yet
            for place, length in self._gaps():
                os.pwrite(self._file, bytes(length), place)
            os.fsync(self._file)
            # Others may have read pages with their gaps, and would write them back: this change
            # lets them forget what they have read.
            (version,) = db.execute("PRAGMA user_version").fetchone()
            db.execute(f"PRAGMA user_version={(version + 1) % 2**31}")
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
        return True

    def _is_unusual(self, db: sqlite3.Connection) -> bool:
        """Whether pages of other kinds could be taken for those of trees."""
        (moving,) = db.execute("PRAGMA auto_vacuum").fetchone()
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        return bool(moving) or pages >= MOST

    def _gaps(self) -> Iterator[tuple[int, int]]:
        """Where something is left in a gap: its place in the file, and its length.

        Pages of overflowing content, and free ones that lead on, begin with the number of another
        page, whose first byte is 0 below `MOST`: they are not taken for pages of a tree.
        """
        head = os.pread(self._file, HEADER, 0)
        size = struct.unpack(">H", head[16:18])[0]
        size = 65536 if size == 1 else size
        usable = size - head[20]
        place, nothing = 0, bytes(size)
        while pages := os.pread(self._file, AT_ONCE * size, place):
            for start in range(0, len(pages), size):
                header = start if place + start else HEADER
                kind, _, cells, content = TREE.unpack_from(pages, header)
                if kind not in HEADERS:
                    continue
                first, end = header + HEADERS[kind] + 2 * cells, start + (content or 65536)
                left = first < end <= start + usable
                if left and pages[first:end] != nothing[: end - first]:
                    yield place + first, end - first
            place += len(pages)
