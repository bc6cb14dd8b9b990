"""Telling people by e-mail what began to wait for them: a task of the worker's keeper."""

import logging
from collections.abc import Callable
from hashlib import sha256

from library import mail
from library.errors import LibraryError
from library.mail import Letter, UndeliveredError
from library.overview import waiting_mail
from library.overview.waiting import Kind, Waiting
from library.overview.waiting_mail import News
from library.overview.waiting_words import words
from library.settings import Settings
from library.store import Library

log = logging.getLogger(__name__)

PATHS = {
    Kind.CONSENT: "/sessions/{}/release",
    Kind.CONSENT_AGAIN: "/sessions/{}/release",
    Kind.TOLD: "/sessions/{}/release",
    Kind.REFUSED: "/sessions/{}/release",
    Kind.SPEAKERS: "/sessions/{}/speakers",
    Kind.PROPOSAL: "/sessions/{}/release",
    Kind.DECIDED: "/sessions/{}/release",
    Kind.FAILED: "/sessions/{}/progress",
    Kind.JOINING: "/care/people",
    Kind.SOURCES: "/care/",
}
"""The page where each thing is done."""


class WaitingMail:
    """Writes one e-mail to everybody for whom something began to wait."""

    def __init__(
        self, library: Library, send: Callable[[Settings, Letter], None] = mail.send
    ) -> None:
        self._library = library
        self._send = send

    def tell(self) -> int:
        """Write what is due now; gives how many e-mails.

        What is told is noted behind the e-mail: none is lost with the process, and one that is
        sent again has its first Message-ID.
        """
        with self._library.reading() as db:
            due, done = waiting_mail.news(db), waiting_mail.done(db)
        for one in due:
            self._tell(one)
        if done:
            with self._library.transaction() as db:
                waiting_mail.forget(db, done)
        return len(due)

    def _tell(self, news: News) -> None:
        try:
            self._send(self._library.settings, self._letter(news))
        except UndeliveredError as error:
            log.warning("an e-mail lies in the outbox: %s", error)
        except LibraryError as error:
            log.warning("an e-mail cannot be sent: %s", error)
        with self._library.transaction() as db:
            waiting_mail.note(db, news.person_id, news.waiting)

    def _letter(self, news: News) -> Letter:
        settings = self._library.settings
        base = mail.address_of_site(settings)
        told = "\n\n".join(f"{words(one)}\n{base}{path_of(one)}" for one in news.waiting)
        keys = " ".join(one.key for one in news.waiting)
        return Letter(
            to=news.email,
            subject=f"Waiting for you in {settings.site_name}",
            text=f"Hello {news.name},\n\n{told}\n\n"
            "All that waits for you stands at the top of the home page:\n"
            f"{base}/\n",
            key=f"waiting-{sha256(f'{news.person_id} {keys}'.encode()).hexdigest()[:32]}",
        )


def path_of(one: Waiting) -> str:
    """The path of the page where something that waits is done."""
    return PATHS[one.kind].format(one.session_id)
