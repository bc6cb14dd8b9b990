"""Lease of a worker on a source. Each progress report renews the lease."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from library.models import Source
from library.sessions import jobs
from library.store import Library, Transaction

EVERY = 0.5  # seconds between two reports; more reports would only add disk writes


class StoppedError(Exception):
    """Error for a source that was cancelled, removed or leased by another worker."""


class Lease:
    """Lease of one worker on one source. Reports progress at most every 0.5 s."""

    def __init__(self, library: Library, source_id: int, worker: str) -> None:
        self._library = library
        self._source_id = source_id
        self._worker = worker
        self._last = 0.0

    @contextmanager
    def transaction(self) -> Iterator[tuple[Transaction, Source]]:
        """Open a transaction on the source while this worker holds the lease.

        Raises:
            StoppedError: The source was cancelled, removed, or leased by another worker.
        """
        with self._library.transaction() as db:
            source = jobs.leased_by(db, self._source_id, self._worker)
            if source is None:
                raise StoppedError
            yield db, source

    def stage(self, activity: str, start: float, end: float) -> Callable[[float], None]:
        """Return a callback that maps a stage's progress 0..1 to *start*..*end* of the job.

        *activity* is the text that says what the job is doing. The callback raises StoppedError
        when this worker no longer holds the lease.
        """

        def report_part(part: float) -> None:
            moment = time.monotonic()
            if moment - self._last < EVERY and part < 1:
                return
            self._last = moment
            progress = start + (end - start) * min(1.0, max(0.0, part))
            with self.transaction() as (_, source):
                jobs.report(source, activity=activity, progress=progress)

        return report_part
