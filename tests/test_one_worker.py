"""One site and its worker, as processes: what befalls queue, worker, home and database is borne."""

import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from library import worker_place
from library.access import Viewer
from library.capture import intake
from library.holdings import sources
from library.holdings.sessions import Description
from library.models import Role, State
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import add_account
from tests.serving import Served, serving, wait_for

OPERATOR = Viewer(role=Role.ADMIN)
STARTS_NONE = "Another worker works on this library; this site starts none until it ends."
WITHIN = 300.0  # seconds; a busy machine starts a worker slowly


def again_and_again(holds: Callable[[], bool]) -> Iterator[bool]:
    """Ask until it holds."""
    while True:
        yield holds()


def until(holds: Callable[[], bool], what: str) -> None:
    """Come back when it holds; fails when that takes minutes."""
    wait_for(again_and_again(holds), seconds=WITHIN, what=what)


def workers_of(served: Served) -> list[int]:
    """The processes that a site started."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    ours = [row for row in rows if int(row[1]) == served.process.pid and row[2][0] != "Z"]
    return [int(row[0]) for row in ours]


def add_note(library: Library, text: str) -> int:
    """A note whose row alone says that it waits: no request is made."""
    kept = intake.keep(library, "note.md", [text.encode()])
    added = intake.take_in(library, OPERATOR, Description(title=text[:40]), [kept])
    return added.source_ids[0]


def is_ready(library: Library, source_id: int) -> bool:
    """Whether the worker is done with a source."""
    with library.reading() as db:
        return sources.get(db, source_id).state is State.READY


def status_of(address: str) -> tuple[int, str]:
    """What a page answers, and its words."""
    try:
        with urlopen(address, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.fixture
def open_home(settings: Settings, prepared: Path) -> Iterator[Library]:
    """A library with an administrator, open beside the site."""
    library = open_library(settings)
    add_account(library, "Ines Admin", Role.ADMIN)
    yield library
    library.close()


def test_a_site_and_its_worker_bear_what_befalls_them(open_home: Library, tmp_path: Path):
    """Queue removed and overwritten, worker killed, second site, home opened, database damaged."""
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
        assert workers_of(site) == [first], "none of this ended the worker"

        with serving(home, log=str(tmp_path / "second.log")) as second:
            until(lambda: STARTS_NONE in (tmp_path / "second.log").read_text(), "its decision")
            assert workers_of(second) == []
            os.kill(first, signal.SIGKILL)
            until(lambda: len(workers_of(site)) + len(workers_of(second)) == 1, "one new worker")
        until(lambda: len(workers_of(site)) == 1, "the worker of the first site")

        damage(home / "library.db")
        pages = [status_of(f"{site.address}{path}") for path in ("/", "/sign-in", "/healthz")]
        site.kill()
    until(lambda: worker_place.is_free(home), "the end of the last worker")

    assert {status for status, _ in pages} == {503}
    assert all("cannot be read or written" in words for _, words in pages)
    assert not any("Traceback" in words for _, words in pages)


def damage(database: Path) -> None:
    """Overwrite a database and its log while they are open."""
    for path in (database, database.with_name("library.db-wal")):
        size = path.stat().st_size if path.exists() else 0
        with path.open("r+b") as file:
            file.write(random.Random(2).randbytes(size))
