"""The size of the database's pages: with large ones it is rewritten three times faster.

A row with the times of a minute's words takes some 3 KiB, so that SQLite's usual 4 KiB hold one row
and much that is empty, and all of it is written at every `VACUUM`.
"""

import logging
import sqlite3
from contextlib import closing

from sqlalchemy import Engine, text

from library import damage

log = logging.getLogger(__name__)

PAGE_SIZE = 16_384  # bytes


def enlarge(engine: Engine) -> None:
    """Give the pages of an earlier version's database the present size, if nobody else is in it.

    SQLite does that outside its write-ahead log only, so nobody else may have the database open.
    Where somebody has, or the disk has no room for a second copy, everything stays as it is until
    the library is opened again.
    """
    with engine.connect() as connection:
        if connection.scalar(text("PRAGMA page_size")) >= PAGE_SIZE:
            return
    engine.dispose()  # else this process itself would have the database open
    database = engine.url.database or ""
    with closing(sqlite3.connect(database, timeout=0.0, isolation_level=None)) as db:
        try:
            db.execute("PRAGMA journal_mode=DELETE")
            db.execute("PRAGMA secure_delete=ON")
            db.execute(f"PRAGMA page_size={PAGE_SIZE}")
            db.execute("VACUUM")
        except sqlite3.Error as error:
            if damage.named(error) is None:
                raise
            log.info("the pages of the database keep their size for now: %s", error)
