"""A worker's hold on a source: progress is said, and with it the lease renewed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from library.holdings import jobs
from library.models import Source
from library.store import Library, Transaction

EVERY = 0.5  # seconds between two reports; finer ones would only wear the disk


class StoppedError(Exception):
    """Somebody cancelled or removed the source while it was worked on."""


class Lease:
    """Holds one source for one worker; reports at most every half second."""

    def __init__(self, library: Library, source_id: int, worker: str) -> None:
        self._library = library
        self._source_id = source_id
        self._worker = worker
        self._last = 0.0

    @contextmanager
    def transaction(self) -> Iterator[tuple[Transaction, Source]]:
        """A transaction that holds only while the source is this worker's.

        Raises:
            StoppedError: it was cancelled, removed, or taken up by another worker.
        """
        with self._library.transaction() as db:
            source = jobs.held(db, self._source_id, self._worker)
            if source is None:
                raise StoppedError
            yield db, source

    def stage(self, activity: str, start: float, end: float) -> Callable[[float], None]:
        """A callback for a stage's own 0..1, which lies at *start*..*end* of the whole work.

        The callback raises StoppedError when the source is not this worker's any more.
        """

        def say(part: float) -> None:
            moment = time.monotonic()
            if moment - self._last < EVERY and part < 1:
                return
            self._last = moment
            progress = start + (end - start) * min(1.0, max(0.0, part))
            with self.transaction() as (_, source):
                jobs.report(source, activity=activity, progress=progress)

        return say
