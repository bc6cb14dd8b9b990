"""Telling people what is new for their saved searches: a task of the worker's keeper."""

import logging
from collections.abc import Callable, Mapping, Sequence

from library import mail
from library.errors import InvalidInputError, LibraryError
from library.holdings import passage_rows
from library.holdings.passage_rows import FoundPassage, Origin
from library.mail import Letter, UndeliveredError
from library.searching import alerts
from library.searching.alerts import Due, News
from library.searching.scope import filters_of
from library.settings import Settings
from library.store import Library, Transaction
from search.embed import Embedder
from search.engine import Engine

log = logging.getLogger(__name__)

LOOKED_AT = 50  # passages of a search
MOST_TOLD = 10  # in one letter; more are counted


class Alerts:
    """Writes the letters that are due; the index is opened when the first one is."""

    def __init__(
        self,
        library: Library,
        embedder: Callable[[], Embedder],
        send: Callable[[Settings, Letter], None] = mail.send,
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._send = send
        self._engine: Engine | None = None

    def tell(self) -> int:
        """Write what is due now; gives how many letters.

        What is told is marked behind the letter: none is lost with the process. One that is sent
        again has its first Message-ID, by which mail programs drop it (RFC 5322, 3.6.4).
        """
        with self._library.reading() as db:
            waiting = alerts.due(db)
        sent = 0
        for wanted in waiting:
            try:
                sent += self._tell(wanted)
            except UndeliveredError as error:
                log.warning("a letter lies in the outbox: %s", error)
            except LibraryError as error:
                log.warning("a saved search was not looked at: %s", error)
        return sent

    def _tell(self, wanted: Due) -> bool:
        found = self._found(wanted)
        with self._library.transaction() as db:
            new = alerts.news(db, wanted, found)
            letter = self._letter(db, wanted, new) if new and new.passages else None
        if new is None:
            return False
        try:
            if letter is not None:
                self._send(self._library.settings, letter)
        except (UndeliveredError, InvalidInputError):  # it lies in the outbox, or cannot be sent
            self._note(wanted, new)
            raise
        self._note(wanted, new)
        return letter is not None

    def _note(self, wanted: Due, new: News) -> None:
        with self._library.transaction() as db:
            alerts.told(db, wanted.search_id, new.passages)

    def _found(self, wanted: Due) -> Sequence[int]:
        if self._engine is None:
            self._engine = Engine(self._library, self._embedder())
        try:
            filters = filters_of(wanted.filters)
        except InvalidInputError:  # a filter that is none any more
            return []
        answer = self._engine.search(
            wanted.question, wanted.viewer, filters=filters, limit=LOOKED_AT
        )
        return [hit.passage_id for hit in answer.hits] if answer.found else []

    def _letter(self, db: Transaction, wanted: Due, news: News) -> Letter:
        settings, new = self._library.settings, news.passages
        base = mail.address_of_site(settings)
        stop = f"{base}/alerts/{alerts.link(db, wanted.search_id)}"
        places = passage_rows.origins_of(db, new)
        told = "\n\n".join(
            f"{_place(passage, places)}\n{base}/p/{passage.id}" for passage in new[:MOST_TOLD]
        )
        more = f"\n\nAnd {len(new) - MOST_TOLD} more." if len(new) > MOST_TOLD else ""
        return Letter(
            to=wanted.email,
            subject=f"New for a search of yours in {settings.site_name}",
            text=f"Hello {wanted.name},\n\nnew for “{wanted.called}”:\n\n{told}{more}\n\n"
            f"No more letters about this search:\n{stop}\n",
            headers=_one_click(stop),
            key=news.key,
        )


def _place(passage: FoundPassage, places: Mapping[int, Origin]) -> str:
    names = dict.fromkeys(name for _, name, _ in passage.speakers if name)
    return ", ".join([places[passage.source_id].title, *names])


def _one_click(stop: str) -> Mapping[str, str]:
    """The headers with which a mail program ends the letters by itself (RFC 2369, RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
