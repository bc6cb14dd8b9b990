"""Alerts: e-mails about new passages for saved searches. The housekeeping thread sends them."""

import logging
from collections.abc import Callable, Mapping, Sequence

from library.discovery import alerts
from library.discovery.alerts import AlertContent, DueAlert
from library.discovery.search_scope import filters_of
from library.errors import InvalidInputError, LibraryError
from library.notifications import email
from library.notifications.email import OutgoingEmail, UndeliveredError
from library.sessions import passage_queries
from library.sessions.passage_queries import FoundPassage, Origin
from library.settings import Settings
from library.store import Library, Transaction
from library.translation import gettext
from search.embedding.embedder import Embedder
from search.engine import Engine

log = logging.getLogger(__name__)

LOOKED_AT = 50  # hits of a saved search that are checked for new passages
MOST_LISTED = 10  # passages listed in one e-mail; the others are only counted


class Alerts:
    """Sender of due alerts. Opens the search index when the first alert is due."""

    def __init__(
        self,
        library: Library,
        embedder: Callable[[], Embedder],
        send: Callable[[Settings, OutgoingEmail], None] = email.send,
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._send = send
        self._engine: Engine | None = None

    def tell(self) -> int:
        """Send all alerts that are due and return the number of e-mails.

        Passages are recorded as reported only after the e-mail is sent. After a crash in between,
        the e-mail is sent again with the same Message-ID, and mail programs drop the second copy
        (RFC 5322, section 3.6.4).
        """
        with self._library.reading() as db:
            waiting = alerts.due(db)
        sent = 0
        for alert in waiting:
            try:
                sent += self._tell(alert)
            except UndeliveredError as error:
                log.warning("an alert was not delivered and stays in the outbox: %s", error)
            except LibraryError as error:
                log.warning("a saved search could not be checked: %s", error)
        return sent

    def _tell(self, alert: DueAlert) -> bool:
        found = self._found(alert)
        with self._library.transaction() as db:
            new = alerts.news(db, alert, found)
            message = self._compose(db, alert, new) if new and new.passages else None
        if new is None:
            return False
        try:
            if message is not None:
                self._send(self._library.settings, message)
        except (UndeliveredError, InvalidInputError):  # in the outbox, or never deliverable
            self._note(alert, new)
            raise
        self._note(alert, new)
        return message is not None

    def _note(self, alert: DueAlert, new: AlertContent) -> None:
        with self._library.transaction() as db:
            alerts.record_sent(db, alert.search_id, new.passages)

    def _found(self, alert: DueAlert) -> Sequence[int]:
        if self._engine is None:
            self._engine = Engine(self._library, self._embedder())
        try:
            filters = filters_of(alert.filters)
        except InvalidInputError:  # the saved filter is no longer valid
            return []
        answer = self._engine.search(alert.question, alert.viewer, filters=filters, limit=LOOKED_AT)
        return [hit.passage_id for hit in answer.hits] if answer.found else []

    def _compose(self, db: Transaction, alert: DueAlert, news: AlertContent) -> OutgoingEmail:
        settings, new = self._library.settings, news.passages
        base = email.address_of_site(settings)
        stop = f"{base}/alerts/{alerts.link(db, alert.search_id)}"
        places = passage_queries.origins_of(db, new)
        listed = "\n\n".join(
            f"{_place(passage, places)}\n{base}/p/{passage.id}" for passage in new[:MOST_LISTED]
        )
        if (more := len(new) - MOST_LISTED) > 0:
            listed += "\n\n" + gettext("More results for this search: %(count)s", count=more)
        return OutgoingEmail(
            to=alert.email,
            subject=gettext(
                "New results for your saved search in %(site)s", site=settings.site_name
            ),
            text=gettext(
                "Hello %(name)s,\n\nnew results for “%(search)s”:\n\n%(results)s\n\n"
                "Stop the e-mails about this search:\n%(link)s\n",
                name=alert.name,
                search=alert.called,
                results=listed,
                link=stop,
            ),
            headers=_one_click(stop),
            key=news.key,
        )


def _place(passage: FoundPassage, places: Mapping[int, Origin]) -> str:
    names = dict.fromkeys(name for _, name, _ in passage.speakers if name)
    return ", ".join([places[passage.source_id].title, *names])


def _one_click(stop: str) -> Mapping[str, str]:
    """Return the headers for one-click unsubscription in a mail program (RFC 2369, RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
