"""Background sending of e-mails: response times must not reveal whether an e-mail is sent."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import cast

from flask import Flask, current_app

from library.errors import LibraryError
from library.notifications import email
from library.notifications.email import OutgoingEmail
from library.settings import Settings
from web.http import context

log = logging.getLogger(__name__)

KEY = "living-history-post"
MOST_WAITING = 1000  # maximum of queued e-mails; a longer queue indicates an attack


class MailSender:
    """Single background thread that composes and sends e-mails in order."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="post")
        self._capacity = BoundedSemaphore(MOST_WAITING)

    def later(self, write: Callable[[], OutgoingEmail | None]) -> None:
        """Queue an e-mail. *write* composes it later; None from *write* sends nothing."""
        if not self._capacity.acquire(blocking=False):
            log.error("too many e-mails are queued; one was dropped")
            return
        self._thread.submit(self._do, write)

    def settle(self) -> None:
        """Block until all queued e-mails were sent or have failed."""
        self._thread.submit(lambda: None).result()

    def _do(self, write: Callable[[], OutgoingEmail | None]) -> None:
        try:
            with self._app.app_context():
                message = write()
            if message is not None:
                email.send(self._settings, message)
        except LibraryError as error:
            log.warning("an e-mail was not sent: %s", error)
        except Exception:
            log.exception("an e-mail could not be composed or sent")
        finally:
            self._capacity.release()


def init_app(app: Flask) -> None:
    """Create the background sender of *app*."""
    app.extensions[KEY] = MailSender(app, app.extensions[context.KEY].library.settings)


def mail_sender() -> MailSender:
    """Return the background sender of the current app."""
    return cast(MailSender, current_app.extensions[KEY])
