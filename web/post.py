"""The post room: letters are written behind the answer, so that it tells nobody whether one is."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import cast

from flask import Flask, current_app

from library import mail
from library.errors import LibraryError
from library.mail import Letter
from library.settings import Settings
from web import context

log = logging.getLogger(__name__)

KEY = "living-history-post"
MOST_WAITING = 1000  # pieces of work; beyond that somebody is flooding us


class PostRoom:
    """Does what an answer must not wait for, one piece after the other."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._clerk = ThreadPoolExecutor(1, thread_name_prefix="post")
        self._room = BoundedSemaphore(MOST_WAITING)

    def later(self, write: Callable[[], Letter | None]) -> None:
        """Have a letter written and sent when this request is over, if one is due."""
        if not self._room.acquire(blocking=False):
            log.error("too many letters are waiting; one was left out")
            return
        self._clerk.submit(self._do, write)

    def settle(self) -> None:
        """Wait until nothing waits any more."""
        self._clerk.submit(lambda: None).result()

    def _do(self, write: Callable[[], Letter | None]) -> None:
        try:
            with self._app.app_context():
                letter = write()
            if letter is not None:
                mail.send(self._settings, letter)
        except LibraryError as error:
            log.warning("a letter was not sent: %s", error)
        except Exception:
            log.exception("a letter could not be written")
        finally:
            self._room.release()


def init_app(app: Flask) -> None:
    """Give *app* a post room of its own."""
    app.extensions[KEY] = PostRoom(app, app.extensions[context.KEY].library.settings)


def room() -> PostRoom:
    """The post room of the app that answers this request."""
    return cast(PostRoom, current_app.extensions[KEY])
