"""Queue of work requests from the site to the worker, based on Huey."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from huey.storage import SqliteStorage

log = logging.getLogger(__name__)

PATIENCE = 0.3  # seconds to wait for a locked file; a lost request delays work by one second
POLL = 0.1  # seconds between two checks for requests
DAMAGED = "queue.db.damaged"

T = TypeVar("T")


class WorkQueue:
    """Work requests for sources, stored in a small separate SQLite file.

    A request only wakes the worker: the row of the source says what to do, and the worker reads the
    rows once a second. So errors of the queue are logged once and never raised. An unreadable file
    is renamed and replaced.
    """

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._file = home / "queue.db"
        self._storage: SqliteStorage | None = None
        self._opening = threading.Lock()
        self._said = ""
        self.pending()  # logs a damaged file at the start

    def request(self, source_id: int) -> None:
        """Ask the worker to process a source. Repeated requests are safe."""
        self._do(lambda storage: storage.enqueue(str(source_id).encode()), None)

    def pending(self) -> int:
        """Return the number of open requests, or 0 if the file cannot be read."""
        return self._do(lambda storage: int(storage.queue_size()), 0)

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Wait until a request is open, *seconds* have passed, or *stop* is set.

        All open requests are then deleted: a request only wakes the worker.
        """
        until = time.monotonic() + seconds
        while not self.pending():
            if time.monotonic() > until or stop.wait(POLL):
                return
        self._do(lambda storage: storage.flush_queue(), None)

    def close(self) -> None:
        """Close the queue's file. The next use opens it again."""
        with self._opening:
            if self._storage is not None:
                self._storage.close()
                self._storage = None

    def _do(self, act: Callable[[SqliteStorage], T], otherwise: T) -> T:
        """Return the result of *act*. If the queue's file cannot be used, return *otherwise*."""
        try:
            result = act(self._opened())
        except (sqlite3.Error, OSError) as error:
            if str(error) != self._said:
                log.warning("queue.db: %s. The worker finds its work without the queue.", error)
            self._said = str(error)
            if "locked" not in self._said:
                self.close()  # the next use opens the file again or creates it
            return otherwise
        self._said = ""
        return result

    def _opened(self) -> SqliteStorage:
        with self._opening:
            if self._storage is None:
                try:
                    self._storage = self._open()
                except sqlite3.OperationalError:  # busy or not writable
                    raise
                except sqlite3.DatabaseError:
                    self._put_aside()
                    self._storage = self._open()
            return self._storage

    def _open(self) -> SqliteStorage:
        return SqliteStorage("living-history", filename=str(self._file), timeout=PATIENCE)

    def _put_aside(self) -> None:
        log.warning(
            "queue.db cannot be read. It was renamed to %s and a new one is made. "
            "Nothing is lost: the worker finds its work without the queue.",
            DAMAGED,
        )
        self._file.replace(self._file.with_name(DAMAGED))
        for ending in ("-wal", "-shm"):
            self._file.with_name(f"{self._file.name}{ending}").unlink(missing_ok=True)
