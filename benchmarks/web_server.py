"""Response times of the web server, compared with waitress, which was used before.

Run `pip install --target FOLDER waitress==3.0.2`, then `python -m benchmarks.web_server FOLDER`.
waitress and the present server serve the same filled library in separate processes. Both get the
same requests in turns (pages, a style sheet and a long file), each on one persistent connection.
Without FOLDER, only the present server is measured.

`--slow 40` adds 40 clients that read a recording slowly, and 40 that send a request head byte by
byte. The present server is then measured again.
"""

import argparse
import contextlib
import http.client
import importlib
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from flask.sessions import SecureCookieSessionInterface

from library.models import Source
from library.queue import WorkQueue
from library.settings import Settings
from library.store import open_library
from search.engine import Engine
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder
from tests.web.sample_world import fill
from web.app import create_app
from web.server import server as running

MIB = 1024 * 1024
PAGES = {
    "home": "/",
    "list of sessions": "/sessions",
    "a session": "/sessions/{session_id}",
    "answers": "/?q=How%20do%20I%20hand%20over%3F",
    "API: sessions": "/api/v1/sessions",
    "sign-in": "/sign-in",
    "style sheet": "/static/site.css",
    "health": "/healthz",
}
SLOW_PIECE, SLOW_PAUSE = 50_000, 1.0  # bytes and seconds of one read by a slow client


@dataclass
class ServerUnderTest:
    """Server under test: port, seconds per page, and speeds of a long file."""

    name: str
    port: int
    times: dict[str, list[float]] = field(default_factory=dict)
    speeds: list[float] = field(default_factory=list)  # MiB a second

    def __post_init__(self) -> None:
        self._link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def ask(self, page: str, path: str, cookie: str) -> None:
        """Request a page and record its time.

        Raises:
            SystemExit: The status is not 200.
        """
        began = time.perf_counter()
        self._link.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = self._link.getresponse()
        answer.read()
        self.times.setdefault(page, []).append(time.perf_counter() - began)
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(f"{path} gives {answer.status} from {self.name}")

    def download(self, path: str, cookie: str) -> None:
        """Read a long response at full speed and record the speed."""
        buffer, size, began = bytearray(MIB), 0, time.perf_counter()
        with socket.create_connection(("127.0.0.1", self.port)) as link:
            link.sendall(_head(path, cookie))
            while read := link.recv_into(buffer):
                size += read
        self.speeds.append(size / MIB / (time.perf_counter() - began))

    def median(self, page: str) -> float:
        """Return the median time of a page in milliseconds."""
        return 1000 * statistics.median(self.times[page])


def main() -> None:
    """Fill a library, serve it, and print the times of its pages."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("waitress", nargs="?", help="folder in which waitress was installed")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--mebibytes", type=int, default=1024, help="size of the recording")
    parser.add_argument("--keep", type=Path, help="folder for the library, kept for another run")
    parser.add_argument("--slow", type=int, default=0, help="slow readers, and slow request heads")
    parser.add_argument("--serve", nargs=2, metavar=("SERVER", "HOME"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        _serve(arguments.serve[0], Path(arguments.serve[1]), arguments.waitress)
        return
    with ExitStack() as open_servers:
        home = arguments.keep or Path(open_servers.enter_context(TemporaryDirectory()))
        if not (known := home / "known.json").exists():
            known.write_text(json.dumps(_fill(home, arguments.mebibytes)))
        ids, cookie = json.loads(known.read_text())
        names = ["waitress", "now"] if arguments.waitress else ["now"]
        places = [open_servers.enter_context(_served(n, home, arguments.waitress)) for n in names]
        media = f"/media/{ids['long_source_id']}"
        pages = {name: path.format(**ids) for name, path in PAGES.items()}
        _compare(places, pages, media, cookie, arguments.rounds)
        if arguments.slow:
            with _slow_clients(places[-1].port, media, cookie, arguments.slow):
                crowded = ServerUnderTest("beside slow clients", places[-1].port)
                _ask_in_turns([crowded], pages, cookie, arguments.rounds)
            _print_pages([places[-1], crowded])


def _fill(home: Path, mebibytes: int) -> tuple[dict[str, int], str]:
    """Fill a library with sample data and a long recording.

    Returns:
        Ids by name, and the session cookie of an administrator.
    """
    library = open_library(_settings(home))
    samples = fill(library)
    long = add_session(library, title="A long recording", content=b"begins").source_id
    sha256, size = library.files.keep(os.urandom(MIB) for _ in range(mebibytes))
    with library.transaction() as db:
        source = db.get_one(Source, long)
        source.sha256, source.size = sha256, size
    app = create_app(
        library=library, engine=Engine(library, BagOfWordsEmbedder()), queue=WorkQueue(home)
    )
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    cookie = f"session={signer.dumps({'_user_id': samples.tokens['admin']})}" if signer else ""
    library.close()
    ids = {name: number for name, number in samples.ids.items() if isinstance(number, int)}
    return {**ids, "long_source_id": long}, cookie


def _settings(home: Path) -> Settings:
    return Settings(home=home, webhook_private_hosts="127.0.0.1")


def _serve(server: str, home: Path, waitress: str | None) -> None:
    """Serve the library in *home* by one of the servers and print the port."""
    library = open_library(_settings(home))
    app = create_app(
        library=library, engine=Engine(library, BagOfWordsEmbedder()), queue=WorkQueue(home)
    )
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(listener.getsockname()[1], flush=True)
    if server == "now":
        running.serve(app, listener)
    else:
        sys.path.append(waitress or "")
        importlib.import_module("waitress").serve(app, sockets=[listener], threads=8)


@contextmanager
def _served(name: str, home: Path, waitress: str | None) -> Iterator[ServerUnderTest]:
    options = ["--serve", name, str(home), *([waitress] if waitress else [])]
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.web_server", *options], stdout=subprocess.PIPE, text=True
    )
    try:
        yield ServerUnderTest(name, int((process.stdout.readline() if process.stdout else "") or 0))
    finally:
        process.terminate()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _compare(
    places: Sequence[ServerUnderTest], pages: dict[str, str], media: str, cookie: str, rounds: int
) -> None:
    _ask_in_turns(places, pages, cookie, 2)
    for place in places:
        place.times.clear()
    _ask_in_turns(places, pages, cookie, rounds)
    _print_pages(places)
    for _ in range(3):
        for place in places:
            place.download(media, cookie)
    for place in places:
        print(f"{place.name}: {', '.join(f'{speed:.0f}' for speed in place.speeds)} MiB/s")


def _ask_in_turns(
    places: Sequence[ServerUnderTest], pages: dict[str, str], cookie: str, rounds: int
) -> None:
    """Request each page from each server *rounds* times, and a short page 10 x *rounds* times."""
    for _ in range(rounds):
        for page, path in pages.items():
            for _ in range(10 if page in {"style sheet", "health", "sign-in"} else 1):
                for place in places:
                    place.ask(page, path, "" if page == "sign-in" else cookie)


def _print_pages(places: Sequence[ServerUnderTest]) -> None:
    print(" | ".join(["page", *(place.name for place in places), "ratio"]))
    for page in places[0].times:
        medians = [place.median(page) for place in places]
        cells = [page, *(f"{ms:.2f} ms" for ms in medians), f"{medians[-1] / medians[0]:.2f}"]
        print(" | ".join(cells), flush=True)


@contextmanager
def _slow_clients(port: int, media: str, cookie: str, count: int) -> Iterator[None]:
    """Run *count* clients that read slowly and *count* that send request heads bytewise."""
    done = threading.Event()
    readers = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    heads = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    for link in readers:
        link.sendall(_head(media, cookie))
    for link in heads:
        link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ")

    def go_on() -> None:
        while not done.wait(SLOW_PAUSE):
            for link in readers:
                link.recv(SLOW_PIECE)
            for link in heads:
                with contextlib.suppress(OSError):  # the server closes a head that takes too long
                    link.sendall(b"a")

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        for link in [*readers, *heads]:
            link.close()


def _head(path: str, cookie: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", f"Cookie: {cookie}"]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


if __name__ == "__main__":
    main()
