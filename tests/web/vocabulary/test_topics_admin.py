"""Tests of the vocabulary import page on a real server: progress, and a closed connection."""

import http.client
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, func, select

from library.models import AuditEvent, Topic, TopicBroader
from library.store import Library
from library.vocabulary.skos_import import PORTION
from tests.builders import Account
from tests.served import wait_for
from tests.transactions import listening
from tests.web.client import Browser
from web.server.server import Server

SECONDS = 300.0  # timeout of each wait
PERCENT = re.compile(r"</progress> (\d+) %")
MANY = 2 * PORTION + PORTION // 2  # number of concepts, imported in three portions
TURTLE = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n" + "".join(
    f'<urn:{n}> a skos:Concept ; skos:prefLabel "Concept {n}"@en ; skos:broader <urn:{n // 2}> .\n'
    for n in range(1, MANY + 1)
)
BOUNDARY = "a-line-between-fields"


@dataclass(eq=False)
class CommitHold:
    """Database hook that stops a commit until the test sets `gate`.

    It stops the commit with which the database has exactly `topics` topics, and sets `reached`.
    """

    topics: int
    reached: Event = field(default_factory=Event)
    gate: Event = field(default_factory=Event)

    def __call__(self, db: Connection) -> None:
        """Wait for `gate` if the database has exactly `topics` topics."""
        plain: Any = db.connection
        (topics,) = plain.cursor().execute("SELECT count(*) FROM topic").fetchone()
        if topics == self.topics and not self.gate.is_set():
            self.reached.set()
            assert self.gate.wait(SECONDS)


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """Port of the site on the product's server."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(app)
    thread = Thread(target=server.serve_on, args=(listener,))
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(SECONDS)
    assert not thread.is_alive()


@pytest.fixture
def begin(
    port: int, browse: Callable[..., Browser], admin: Account
) -> Iterator[Callable[[], "Page"]]:
    """Function that sends the vocabulary by the form and returns the response page."""
    opened: list[Page] = []

    def make() -> Page:
        opened.append(Page(port, browse(admin)))
        return opened[-1]

    yield make
    for page in opened:
        page.leave()


class Page:
    """Response page of an import, which can be read while it arrives."""

    def __init__(self, port: int, browser: Browser) -> None:
        self.text = ""
        self._link = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        fields = [
            ('name="csrf_token"', browser.token()),
            ('name="file"; filename="theirs.ttl"', TURTLE),
        ]
        parts = [
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; {name}\r\n\r\n{value}\r\n"
            for name, value in fields
        ]
        cookie = browser.client.get_cookie("session")
        assert cookie is not None
        headers = {
            "Host": "localhost",
            "Cookie": f"session={cookie.value}",
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        }
        body = "".join([*parts, f"--{BOUNDARY}--\r\n"])
        self._link.request("POST", "/care/topics/import", body.encode(), headers)
        self._answer = self._link.getresponse()
        assert self._answer.status == 200

    def read_until(self, said: str) -> None:
        """Read until the page contains a given text."""
        while said not in self.text:
            piece = self._answer.read1()
            assert piece, self.text
            self.text += piece.decode()

    def read_on(self) -> None:
        """Read the rest of the page."""
        self.text += self._answer.read().decode()

    def percents(self) -> list[int]:
        """Return the percentages on the page, in order."""
        return [int(percent) for percent in PERCENT.findall(self.text)]

    def leave(self) -> None:
        """Close the connection to the server."""
        with suppress(OSError):
            self._answer.close()
        self._link.close()


def counted(library: Library) -> tuple[int, int]:
    """Return the number of topics, and of relations to a broader topic."""
    with library.reading() as db:
        topics = db.scalar(select(func.count(Topic.id))) or 0
        return topics, db.scalar(select(func.count(TopicBroader.narrower_id))) or 0


def imports(library: Library) -> list[dict[str, Any] | None]:
    """Return the details of finished imports from the audit log."""
    with library.reading() as db:
        query = select(AuditEvent.detail).where(AuditEvent.action == "topic.import")
        return list(db.scalars(query))


def test_an_import_reports_each_portion(library: Library, begin: Callable[[], Page]) -> None:
    """The page reports each portion of an import after its commit and before the next one."""
    hold = CommitHold(2 * PORTION)
    with listening(library, "commit", hold):
        page = begin()
        page.read_until("20 %")
        assert hold.reached.wait(SECONDS)
        early, there = page.percents(), counted(library)
        hold.gate.set()
        page.read_on()

    assert (early, there) == ([20], (PORTION, 0))
    assert page.percents() == [20, 40, 50, 70, 90, 100]
    assert f"{MANY} topics are new. 0 topics existed already." in page.text
    assert counted(library) == (MANY, MANY - 1)


@pytest.mark.parametrize(
    ("topics", "said"),
    [(PORTION, "The import starts."), (2 * PORTION, "20 %")],
    ids=["begun", "under way"],
)
def test_an_import_is_completed_after_its_page_was_closed(
    library: Library, begin: Callable[[], Page], topics: int, said: str
) -> None:
    """An import is completed exactly once, even if the browser closes the connection meanwhile."""
    hold = CommitHold(topics)
    with listening(library, "commit", hold):
        page = begin()
        page.read_until(said)
        assert hold.reached.wait(SECONDS)
        assert "You can close this page." in page.text
        page.leave()
        hold.gate.set()
        wait_for(
            (bool(imports(library)) for _ in iter(int, 1)), seconds=SECONDS, what="the whole import"
        )

    assert counted(library) == (MANY, MANY - 1)
    assert imports(library) == [{"new": MANY, "known": 0, "refused": 0}]
