"""E-mails about new tasks of a person. The housekeeping thread sends them."""

import logging
from collections.abc import Callable
from hashlib import sha256

from library.errors import LibraryError
from library.notifications import email
from library.notifications.email import OutgoingEmail, UndeliveredError
from library.settings import Settings
from library.store import Library
from library.todo import emails
from library.todo.emails import TaskNews
from library.todo.items import Kind, Task
from library.todo.texts import words
from library.translation import gettext

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
"""Path of the page for each kind of task; `{}` is the session id."""


class WaitingMail:
    """Sender of one e-mail for each person who has new tasks."""

    def __init__(
        self, library: Library, send: Callable[[Settings, OutgoingEmail], None] = email.send
    ) -> None:
        self._library = library
        self._send = send

    def tell(self) -> int:
        """Send the e-mails about new tasks and return the number of people with new tasks.

        Tasks are recorded as reported only after the e-mail is sent. After a crash in between, the
        e-mail is sent again with the same Message-ID. Records of tasks that no longer wait are
        deleted.
        """
        with self._library.reading() as db:
            due, done = emails.news(db), emails.finished(db)
        for item in due:
            self._tell(item)
        if done:
            with self._library.transaction() as db:
                emails.forget(db, done)
        return len(due)

    def _tell(self, news: TaskNews) -> None:
        try:
            self._send(self._library.settings, self._compose(news))
        except UndeliveredError as error:
            log.warning("an e-mail was not delivered and stays in the outbox: %s", error)
        except LibraryError as error:
            log.warning("an e-mail cannot be sent: %s", error)
        with self._library.transaction() as db:
            emails.record_told(db, news.person_id, news.waiting)

    def _compose(self, news: TaskNews) -> OutgoingEmail:
        settings = self._library.settings
        base = email.address_of_site(settings)
        listed = "\n\n".join(f"{words(item)}\n{base}{path_of(item)}" for item in news.waiting)
        keys = " ".join(item.key for item in news.waiting)
        return OutgoingEmail(
            to=news.email,
            subject=gettext("New tasks for you in %(site)s", site=settings.site_name),
            text=gettext(
                "Hello %(name)s,\n\n%(tasks)s\n\n"
                "All your tasks are listed at the top of the home page:\n%(link)s\n",
                name=news.name,
                tasks=listed,
                link=f"{base}/",
            ),
            key=f"waiting-{sha256(f'{news.person_id} {keys}'.encode()).hexdigest()[:32]}",
        )


def path_of(item: Task) -> str:
    """Return the path of the page where a task is done."""
    return PATHS[item.kind].format(item.session_id)
