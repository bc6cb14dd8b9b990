"""Housekeeping of the worker: health checks, retention, e-mails, topic map and clean-up."""

import time
from collections.abc import Callable

from ingest.tasks.alerts import Alerts
from ingest.tasks.todo_emails import WaitingMail
from library.accounts import sign_ins
from library.capture import sample_people
from library.consent import pending_releases
from library.curation import person_merge
from library.data_download import download
from library.preservation import checks, referenced_files
from library.removal import trash
from library.sessions import note_authors
from library.store import Library
from library.translation import mark
from search.embedding.embedder import Embedder
from search.engine import Engine
from search.index.segment_store import index_on_disk
from search.overview import map_store

LOOK_EVERY = 2.0  # seconds between two checks for requests from pages
ALERTS_EVERY = 300.0  # seconds between two checks for due alerts
TASK_E_MAILS_EVERY = 20.0  # seconds between two checks for e-mails about new tasks
TIDY_EVERY = 3600.0  # seconds between two runs of retention and clean-up


class Housekeeping:
    """Housekeeping tasks of one worker. A thread calls `run_once` every `every` seconds."""

    every = LOOK_EVERY

    def __init__(self, library: Library, embedder: Callable[[], Embedder]) -> None:
        self._library, self._embedder = library, embedder
        self._alerts = Alerts(library, embedder)
        self._waiting = WaitingMail(library)
        self._looked = float("-inf")
        self._alerted = float("-inf")
        self._tidied = float("-inf")

    def run_once(self) -> None:
        """Run all tasks that are due, each at its own interval."""
        if time.monotonic() - self._tidied > TIDY_EVERY:
            trash.apply_retention(self._library)
            trash.purge(self._library)
            with self._library.transaction() as db:
                person_merge.forget_addresses(db)
                sign_ins.remove_old(db)
            # Earlier versions stored notes without authors.
            note_authors.follow_all(self._library)
            # Earlier versions mixed sample and real people.
            sample_people.split_mixed_people(self._library)
            referenced_files.clear_left_over(self._library.files)
            download.clear_old(self._library)
            self._tidied = time.monotonic()
        if time.monotonic() - self._alerted > ALERTS_EVERY:
            self._alerted = time.monotonic()
            self._alerts.tell()
        if time.monotonic() - self._looked > TASK_E_MAILS_EVERY:
            self._looked = time.monotonic()
            self._waiting.tell()
        pending_releases.finish(self._library)
        person_merge.finish(self._library)
        download.make_waiting(self._library)
        draw_wanted(self._library, self._embedder)
        checks.run_if_due(self._library, {mark("Index on disk"): index_on_disk})


def draw_wanted(library: Library, embedder: Callable[[], Embedder]) -> bool:
    """Rebuild the topic map if a page has requested it. Return whether it was requested.

    The index is opened only for this task and freed afterwards, to save memory.
    """
    if not map_store.is_requested(library.settings):
        return False
    try:
        Engine(library, embedder()).draw_map()
    finally:  # not reached if the worker is killed: the request stays
        map_store.clear_requests(library.settings)
    return True
