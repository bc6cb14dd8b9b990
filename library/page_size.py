"""Page size of the database: large pages make `VACUUM` three times faster.

A row with the word times of one minute takes about 3 KiB. A default page of 4 KiB holds one such
row and much free space. `VACUUM` writes the free space, too.
"""

import logging
import sqlite3
from contextlib import closing

from sqlalchemy import Engine, text

from library import storage_errors

log = logging.getLogger(__name__)

PAGE_SIZE = 16_384  # bytes


def enlarge(engine: Engine) -> None:
    """Set the page size of an older database, if no other process has the database open.

    SQLite can change the page size only outside WAL mode. Leaving WAL mode needs exclusive access.
    If another process has the database open, or the disk is full, the next start tries again.
    """
    with engine.connect() as connection:
        if connection.scalar(text("PRAGMA page_size")) >= PAGE_SIZE:
            return
    engine.dispose()  # otherwise this process itself has the database open
    database = engine.url.database or ""
    with closing(sqlite3.connect(database, timeout=0.0, isolation_level=None)) as db:
        try:
            db.execute("PRAGMA journal_mode=DELETE")
            db.execute("PRAGMA secure_delete=ON")
            db.execute(f"PRAGMA page_size={PAGE_SIZE}")
            db.execute("VACUUM")
        except sqlite3.Error as error:
            if storage_errors.to_library_error(error) is None:
                raise
            log.info("the pages of the database keep their size for now: %s", error)
