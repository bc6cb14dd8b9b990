"""The queue between the site and the worker; home of Huey."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from huey.storage import SqliteStorage

log = logging.getLogger(__name__)

PATIENCE = 0.3  # seconds that a request waits for another program; a lost one costs a second
POLL = 0.1  # seconds between two looks for a request
DAMAGED = "queue.db.damaged"

T = TypeVar("T")


class WorkQueue:
    """Requests for work on sources, kept in a small SQLite file of their own.

    A request only wakes the worker: the source's row says what is to be done, and the worker looks
    at the rows once a second. So nothing that happens to the queue is an error for its users; it
    is logged, once. A file that cannot be read is put aside.
    """

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._file = home / "queue.db"
        self._storage: SqliteStorage | None = None
        self._opening = threading.Lock()
        self._said = ""
        self.pending()  # a damaged file is told at the start

    def request(self, source_id: int) -> None:
        """Ask for work on a source; asking twice does no harm."""
        self._do(lambda storage: storage.enqueue(str(source_id).encode()), None)

    def pending(self) -> int:
        """How many requests nobody has taken yet; 0 where that cannot be told."""
        return self._do(lambda storage: int(storage.queue_size()), 0)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Wait for a request, for *seconds* or until *stop*, and take all that are there."""
        until = time.monotonic() + seconds
        while not self.pending():
            if time.monotonic() > until or stop.wait(POLL):
                return
        self._do(lambda storage: storage.flush_queue(), None)

    def close(self) -> None:
        """Let go of the file."""
        with self._opening:
            if self._storage is not None:
                self._storage.close()
                self._storage = None

    def _do(self, act: Callable[[SqliteStorage], T], otherwise: T) -> T:
        """Do something with the file; *otherwise* where it is busy, damaged or gone."""
        try:
            result = act(self._opened())
        except (sqlite3.Error, OSError) as error:
            if str(error) != self._said:
                log.warning("queue.db: %s. The worker finds its work without it.", error)
            self._said = str(error)
            if "locked" not in self._said:
                self.close()  # the next use opens it again, and makes it where it is gone
            return otherwise
        self._said = ""
        return result

    def _opened(self) -> SqliteStorage:
        with self._opening:
            if self._storage is None:
                try:
                    self._storage = self._open()
                except sqlite3.OperationalError:  # busy, or not ours to write
                    raise
                except sqlite3.DatabaseError:
                    self._put_aside()
                    self._storage = self._open()
            return self._storage

    def _open(self) -> SqliteStorage:
        return SqliteStorage("living-history", filename=str(self._file), timeout=PATIENCE)

    def _put_aside(self) -> None:
        log.warning(
            "queue.db cannot be read. It is put aside as %s and a new one is made; "
            "nothing is lost, the worker finds its work without it.",
            DAMAGED,
        )
        self._file.replace(self._file.with_name(DAMAGED))
        for ending in ("-wal", "-shm"):
            self._file.with_name(f"{self._file.name}{ending}").unlink(missing_ok=True)
