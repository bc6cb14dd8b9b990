"""Tests of a site and its worker as processes, with damaged files and killed workers."""

import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from library import worker_lock
from library.access import Viewer
from library.capture import intake
from library.models import Role, State
from library.sessions import sources
from library.sessions.description import Description
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import add_account
from tests.served import Served, serving, wait_for

OPERATOR = Viewer(role=Role.ADMIN)
STARTS_NONE = "Another worker is running for this library. This site waits until it ends."
WITHIN = 300.0  # seconds, since a worker starts slowly on a busy machine


def again_and_again(holds: Callable[[], bool]) -> Iterator[bool]:
    """Yield the current value of a condition repeatedly, without end."""
    while True:
        yield holds()


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until a condition is true. After `WITHIN` seconds, fail with the message *what*."""
    wait_for(again_and_again(holds), seconds=WITHIN, what=what)


def workers_of(served: Served) -> list[int]:
    """Return the ids of the processes that a site started."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    ours = [row for row in rows if int(row[1]) == served.process.pid and row[2][0] != "Z"]
    return [int(row[0]) for row in ours]


def add_note(library: Library, text: str) -> int:
    """Add a note without telling the worker. Return its source id."""
    stored = intake.keep(library, "note.md", [text.encode()])
    added = intake.create_session(library, OPERATOR, Description(title=text[:40]), [stored])
    return added.source_ids[0]


def is_ready(library: Library, source_id: int) -> bool:
    """Return whether the worker has finished a source."""
    with library.reading() as db:
        return sources.get(db, source_id).state is State.READY


def status_of(address: str) -> tuple[int, str]:
    """Return the HTTP status and the text of a page."""
    try:
        with urlopen(address, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture
def open_home(settings: Settings, prepared: Path) -> Iterator[Library]:
    """Library with an administrator, open in the test while a site uses the same home folder."""
    library = open_library(settings)
    add_account(library, "Ines Admin", Role.ADMIN)
    yield library
    library.close()


def test_a_site_and_its_worker_survive_damage(open_home: Library, tmp_path: Path):
    """A site survives a lost or damaged queue and a killed worker.

    If the database is damaged, the pages of the site answer 503.
    """
    home = open_home.settings.home
    with serving(home) as site:
        lost = add_note(open_home, "A lost request.")
        until(lambda: is_ready(open_home, lost), "a note without a request")
        (first,) = workers_of(site)

        for path in home.glob("queue.db*"):
            path.unlink()
        removed = add_note(open_home, "The queue was removed.")
        until(lambda: is_ready(open_home, removed), "a note without a queue")

        for path in home.glob("queue.db*"):
            path.write_bytes(random.Random(1).randbytes(40_000))
        overwritten = add_note(open_home, "The queue was overwritten.")
        until(lambda: is_ready(open_home, overwritten), "a note with a damaged queue")
        assert workers_of(site) == [first], "the worker has survived all of this"

        with serving(home, log=str(tmp_path / "second.log")) as second:
            until(lambda: STARTS_NONE in (tmp_path / "second.log").read_text(), "its decision")
            assert workers_of(second) == []
            os.kill(first, signal.SIGKILL)
            until(lambda: len(workers_of(site)) + len(workers_of(second)) == 1, "one new worker")
        until(lambda: len(workers_of(site)) == 1, "the worker of the first site")

        damage(home / "library.db")
        pages = [status_of(f"{site.address}{path}") for path in ("/", "/sign-in", "/healthz")]
        site.kill()
    until(lambda: worker_lock.is_free(home), "the end of the last worker")

    assert {status for status, _ in pages} == {503}
    assert all("cannot be read or written" in words for _, words in pages)
    assert not any("Traceback" in words for _, words in pages)


def damage(database: Path) -> None:
    """Overwrite a database and its write-ahead log while they are open."""
    for path in (database, database.with_name("library.db-wal")):
        size = path.stat().st_size if path.exists() else 0
        with path.open("r+b") as file:
            file.write(random.Random(2).randbytes(size))
