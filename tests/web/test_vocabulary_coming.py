"""The page of a vocabulary's import, over real sockets: it tells how far it is, and may be left."""

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
from library.vocabulary.importing import PORTION
from tests.builders import Account
from tests.serving import wait_for
from tests.transactions import listening
from tests.web.browsing import Browser
from web.server.running import Server

SECONDS = 300.0  # after which a test gives up
PERCENT = re.compile(r"</progress> (\d+) %")
MANY = 2 * PORTION + PORTION // 2  # concepts, in three portions
TURTLE = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n" + "".join(
    f'<urn:{n}> a skos:Concept ; skos:prefLabel "Concept {n}"@en ; skos:broader <urn:{n // 2}> .\n'
    for n in range(1, MANY + 1)
)
BOUNDARY = "a-line-between-fields"


@dataclass(eq=False)
class Held:
    """A transaction that is kept from being committed, once so many topics are in it."""

    topics: int
    reached: Event = field(default_factory=Event)
    gate: Event = field(default_factory=Event)

    def __call__(self, db: Connection) -> None:
        """Look at a transaction that is about to be committed."""
        plain: Any = db.connection
        (topics,) = plain.cursor().execute("SELECT count(*) FROM topic").fetchone()
        if topics == self.topics and not self.gate.is_set():
            self.reached.set()
            assert self.gate.wait(SECONDS)


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """Where the site is served, by the server of the product."""
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
    """Send the vocabulary as the form does; gives the page that comes."""
    opened: list[Page] = []

    def make() -> Page:
        opened.append(Page(port, browse(admin)))
        return opened[-1]

    yield make
    for page in opened:
        page.leave()


class Page:
    """The answer to an import, read as it comes."""

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
        """Read on until the page has said something."""
        while said not in self.text:
            came = self._answer.read1()
            assert came, self.text
            self.text += came.decode()

    def read_on(self) -> None:
        """Read the rest."""
        self.text += self._answer.read().decode()

    def percents(self) -> list[int]:
        """How far the page said it is, in order."""
        return [int(percent) for percent in PERCENT.findall(self.text)]

    def leave(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            self._answer.close()
        self._link.close()


def counted(library: Library) -> tuple[int, int]:
    """Topics, and those that stand below another."""
    with library.reading() as db:
        topics = db.scalar(select(func.count(Topic.id))) or 0
        return topics, db.scalar(select(func.count(TopicBroader.narrower_id))) or 0


def imports(library: Library) -> list[dict[str, Any] | None]:
    """What the audit log says of imports that were finished."""
    with library.reading() as db:
        query = select(AuditEvent.detail).where(AuditEvent.action == "topic.import")
        return list(db.scalars(query))


def test_the_page_says_how_far_it_is_while_it_goes_on(
    library: Library, begin: Callable[[], Page]
) -> None:
    """Each portion is told when it is there, and before the next one is."""
    held = Held(2 * PORTION)
    with listening(library, "commit", held):
        page = begin()
        page.read_until("20 %")
        assert held.reached.wait(SECONDS)
        early, there = page.percents(), counted(library)
        held.gate.set()
        page.read_on()

    assert (early, there) == ([20], (PORTION, 0))
    assert page.percents() == [20, 40, 50, 70, 90, 100]
    assert f"{MANY} topics are new, 0 were here already." in page.text
    assert counted(library) == (MANY, MANY - 1)


@pytest.mark.parametrize(
    ("topics", "said"), [(PORTION, "It begins."), (2 * PORTION, "20 %")], ids=["begun", "under way"]
)
def test_a_page_that_is_left_loses_nothing(
    library: Library, begin: Callable[[], Page], topics: int, said: str
) -> None:
    """Whoever closes it in the middle finds the whole vocabulary, once, as if they had stayed."""
    held = Held(topics)
    with listening(library, "commit", held):
        page = begin()
        page.read_until(said)
        assert held.reached.wait(SECONDS)
        assert "You may leave this page." in page.text
        page.leave()
        held.gate.set()
        wait_for(
            (bool(imports(library)) for _ in iter(int, 1)), seconds=SECONDS, what="the whole import"
        )

    assert counted(library) == (MANY, MANY - 1)
    assert imports(library) == [{"new": MANY, "known": 0, "refused": 0}]
