"""Looking after the library beside the work: its health, its trash, and what nobody keeps."""

import time
from collections.abc import Callable

from ingest.alerts import Alerts
from ingest.maps import draw_wanted
from ingest.waiting import WaitingMail
from library.accounts import sign_ins
from library.capture import sample_people
from library.consent import release_due
from library.curating import merges
from library.exports import own_data
from library.holdings import authors
from library.keeping import health, holding
from library.store import Library
from library.withdrawal import trash
from search.checking import index_on_disk
from search.embed import Embedder

LOOK_EVERY = 2.0  # seconds between two looks whether somebody asked for something
TELL_EVERY = 300.0  # seconds between two looks for letters about saved searches
LOOK_FOR_WAITING_EVERY = 20.0  # seconds between two looks for what waits for people
TIDY_EVERY = 3600.0  # seconds between two looks into the trash


class Keeper:
    """Looks after the library in a thread of the worker, which calls `keep` again and again."""

    every = LOOK_EVERY

    def __init__(self, library: Library, embedder: Callable[[], Embedder]) -> None:
        self._library, self._embedder = library, embedder
        self._alerts = Alerts(library, embedder)
        self._waiting = WaitingMail(library)
        self._looked = float("-inf")
        self._told = float("-inf")
        self._tidied = float("-inf")

    def keep(self) -> None:
        """Do what is due now."""
        if time.monotonic() - self._tidied > TIDY_EVERY:
            trash.apply_retention(self._library)
            trash.purge(self._library)
            with self._library.transaction() as db:
                merges.forget_addresses(db)
                sign_ins.remove_old(db)
            authors.follow_all(self._library)  # notes from before the library kept authors
            sample_people.keep_apart(self._library)  # mixed by earlier versions
            holding.clear_left_over(self._library.files)
            own_data.clear_old(self._library)
            self._tidied = time.monotonic()
        if time.monotonic() - self._told > TELL_EVERY:
            self._told = time.monotonic()
            self._alerts.tell()
        if time.monotonic() - self._looked > LOOK_FOR_WAITING_EVERY:
            self._looked = time.monotonic()
            self._waiting.tell()
        release_due.finish(self._library)
        merges.finish(self._library)
        own_data.make_waiting(self._library)
        draw_wanted(self._library, self._embedder)
        health.look_if_due(self._library, {"Index on disk": index_on_disk})
