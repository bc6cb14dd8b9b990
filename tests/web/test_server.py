"""The web server over real sockets: clients that are slow, that break off, that do nothing."""

import http.client
import io
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, Response, request, send_file
from werkzeug.exceptions import ClientDisconnected, RequestTimeout

from web.server import answers, bodies, bridge, connections, paces, patience
from web.server.paces import Pace, Paces
from web.server.running import Server

MIB = 1024 * 1024
LITTLE = 64 * 1024  # bytes; the system doubles it
SECONDS = 60  # after which a test gives up
CONTENT = random.Random(1).randbytes(8 * MIB + 12345)


@dataclass
class World:
    """A served application and what it saw."""

    port: int = 0
    server: Server = field(init=False)
    arrived: int = 0
    broken: list[str] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    read: threading.Event = field(default_factory=threading.Event)
    entered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    gate: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    body: Any = None
    file: io.BytesIO = field(default_factory=io.BytesIO)
    given: int = 0
    links: list[socket.socket] = field(default_factory=list)

    def connect(self, begin: bytes = b"", *, room: int = 0) -> socket.socket:
        """A connection on which *begin* was sent; *room* bytes are taken before they are read."""
        made = socket.socket()
        if room:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        made.settimeout(SECONDS)
        made.connect(("127.0.0.1", self.port))
        self.links.append(made)
        made.sendall(begin)
        return made

    def get(self, path: str = "/", **headers: str) -> tuple[int, bytes]:
        """Status and body of one request on a connection of its own."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            link.request("GET", path, headers=headers)
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()


def application(world: World) -> Flask:
    """Pages, an upload, a refusal, a page that waits, and a long answer."""
    app = Flask("small")

    @app.get("/")
    @app.get("/healthz")
    def page() -> str:
        world.seen = dict(request.headers) | {"address": request.remote_addr or ""}
        return "well"

    @app.get("/wait")
    def wait() -> str:
        world.entered.release()
        assert world.gate.wait(SECONDS)
        return "done"

    @app.post("/refuse")
    def refuse() -> tuple[str, int]:
        return "not wanted", 413

    @app.put("/upload")
    def upload() -> str:
        world.arrived, world.body = 0, request.environ["wsgi.input"]
        try:
            while piece := request.stream.read(MIB):
                world.arrived += len(piece)
                world.entered.release()
        except (ClientDisconnected, RequestTimeout) as error:
            world.broken.append(error.name)
            raise
        finally:
            world.read.set()
        return str(world.arrived)

    add_long_answers(app, world)
    return app


def add_long_answers(app: Flask, world: World) -> None:
    """Answers that are counted, that tell of their end, and that are a file."""

    @app.get("/long")
    def long() -> Response:
        def pieces() -> Iterator[bytes]:
            for _ in range(64):
                yield b"x" * MIB

        answer = Response(pieces())
        answer.content_length = 64 * MIB
        answer.call_on_close(world.closed.set)
        return answer

    @app.get("/pieces")
    def pieces() -> Response:
        def counted() -> Iterator[bytes]:
            for _ in range(200):
                world.given += 1
                yield b"x" * answers.STEP

        return Response(counted())

    @app.get("/file")
    def file() -> Response:
        world.file = io.BytesIO(CONTENT)
        return send_file(world.file, "audio/ogg", conditional=True)


@pytest.fixture
def world() -> Iterator[World]:
    """The application, served."""
    made = World()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LITTLE)  # connections inherit it
    made.port = listener.getsockname()[1]
    made.server = Server(application(made))
    thread = threading.Thread(target=made.server.serve_on, args=(listener,))
    thread.start()
    made.get()
    yield made
    made.gate.set()
    for link in made.links:
        link.close()
    made.server.should_exit = True
    thread.join(SECONDS)
    assert not thread.is_alive()


def put(length: int, *lines: str) -> bytes:
    """The head of an upload."""
    more = "".join(f"{line}\r\n" for line in lines)
    return f"PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{more}\r\n".encode()


def status(link: socket.socket) -> bytes:
    """The status line that comes next, without its reason."""
    return link.recv(12)


def until(holds: Callable[[], bool]) -> None:
    """Return when something holds."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_arrived_of_a_broken_body_reaches_the_application(world: World) -> None:
    """Of 20 MiB cut after 15, the application reads 15 before it hears of the end."""
    link = world.connect(put(20 * MIB))
    link.sendall(b"x" * (15 * MIB))
    until(lambda: world.arrived > 14 * MIB)
    link.close()

    assert world.read.wait(SECONDS)
    assert world.broken == ["Bad Request"]
    assert world.arrived > 14 * MIB


def test_a_refusal_comes_before_the_body_and_reaches_the_client(world: World) -> None:
    """The answer is there while the client still sends, and its connection ends with it."""
    link = world.connect(
        b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 209715200\r\n\r\n" + b"x" * MIB
    )

    said = b""
    while piece := link.recv(4096):
        said += piece

    assert said.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in said.lower()
    assert said.endswith(b"not wanted")


def test_a_client_that_asks_first_is_told_to_go_on(world: World) -> None:
    """Expect: 100-continue is answered by 100 where the body is wanted, and else by the refusal."""
    wanted = world.connect(put(5, "Expect: 100-continue"))
    unwanted = world.connect(
        b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    )

    assert status(wanted) == b"HTTP/1.1 100"
    assert status(unwanted) == b"HTTP/1.1 413"
    wanted.sendall(b"12345")
    until(lambda: world.arrived == 5)


def test_connections_that_do_nothing_keep_nobody_out(world: World) -> None:
    """With 500 open connections, half of them in the middle of a head, a page is answered."""
    for number in range(500):
        world.connect(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " * (number % 2))

    answers = [world.get(path) for path in ("/", "/healthz")]

    assert answers == [(200, b"well")] * 2


def test_bodies_that_trickle_keep_nobody_out(world: World) -> None:
    """Forty small and thirty-two large bodies that do not end leave all pages to others."""
    for _ in range(40):
        world.connect(put(1000) + b"x")
    for _ in range(bridge.BODY_THREADS):
        world.connect(put(MIB) + b"x")
    for _ in range(bridge.BODY_THREADS):
        assert world.entered.acquire(timeout=SECONDS)

    assert world.get() == (200, b"well")
    one_more = world.connect(put(MIB))
    assert status(one_more) == b"HTTP/1.1 503"


def test_clients_that_read_slowly_keep_nobody_out(world: World) -> None:
    """Forty clients that take nothing of a long answer leave all pages to others."""
    links = [world.connect(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(40)]
    for link in links:
        assert status(link) == b"HTTP/1.1 200"

    assert world.get() == (200, b"well")
    assert not world.closed.is_set()
    for link in links:
        link.close()
    assert world.closed.wait(SECONDS)


def test_little_is_read_ahead_for_a_client_that_reads_nothing(world: World) -> None:
    """Three pieces are in memory, and what the system's buffers hold was sent; no more is read."""
    link = world.connect(b"GET /pieces HTTP/1.1\r\nHost: x\r\n\r\n", room=LITTLE)
    until(lambda: world.given >= paces.HELD)

    for _ in range(30):  # each takes the same ways through loop and threads
        assert world.get() == (200, b"well")

    buffers = 4 * LITTLE // answers.STEP
    assert world.given <= paces.HELD + buffers
    assert status(link) == b"HTTP/1.1 200"


def test_only_few_answers_have_large_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick clients get them, up to a number; a place is free when nothing large is in memory."""
    monkeypatch.setattr(paces, "BEYOND_BUFFERS", 0)
    monkeypatch.setattr(paces, "QUICK", float("inf"))
    places = Paces()
    quick = [Pace(places) for _ in range(paces.QUICK_AT_ONCE + 1)]

    def sizes() -> list[int]:
        for pace in quick:
            pace.sent(answers.STEP)
        return [pace.size for pace in quick]

    assert sizes() == [paces.LARGE] * paces.QUICK_AT_ONCE + [answers.STEP]
    monkeypatch.setattr(paces, "QUICK", 0.0)
    for _ in range(paces.HELD - 1):
        quick[0].sent(answers.STEP)
    monkeypatch.setattr(paces, "QUICK", float("inf"))
    assert sizes()[-1] == answers.STEP, "the first may still hold something large"
    monkeypatch.setattr(paces, "QUICK", 0.0)
    for _ in range(paces.HELD):
        quick[0].sent(answers.STEP)
    monkeypatch.setattr(paces, "QUICK", float("inf"))
    quick[-1].sent(answers.STEP)
    assert quick[-1].size == paces.LARGE


@pytest.mark.parametrize("quick", [0.0, float("inf")], ids=["usual pieces", "large pieces"])
def test_a_file_and_its_ranges_come_as_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch, quick: float
) -> None:
    """Whatever pieces it is read in, the bytes are those of the file, and it is closed."""
    monkeypatch.setattr(paces, "BEYOND_BUFFERS", 0)
    monkeypatch.setattr(paces, "QUICK", quick)

    whole = world.get("/file")
    first = world.file
    part = world.get("/file", Range=f"bytes={MIB - 1}-{7 * MIB}")
    tail = world.get("/file", Range="bytes=-700000")

    assert whole == (200, CONTENT)
    assert part == (206, CONTENT[MIB - 1 : 7 * MIB + 1])
    assert tail == (206, CONTENT[-700000:])
    until(lambda: first.closed and world.file.closed)


def test_a_download_that_is_cut_off_closes_its_file(world: World) -> None:
    """The client leaves in the middle, and the file is closed though nobody read it to its end."""
    link = world.connect(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n", room=LITTLE)
    assert status(link) == b"HTTP/1.1 200"
    assert not world.file.closed

    link.close()

    until(lambda: world.file.closed)


def test_no_answer_waits_for_an_acknowledgement(world: World) -> None:
    """A head is no reason to keep the body back: Nagle's algorithm is off on every connection."""
    link = world.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status(link) == b"HTTP/1.1 200"

    served = [one.transport for one in world.server.server_state.connections]
    options = [
        one.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        for one in served
    ]

    assert options
    assert all(options)


def test_the_sign_of_life_answers_while_all_pages_are_busy(world: World) -> None:
    """Every thread waits, and /healthz is answered."""
    links = [
        world.connect(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(bridge.PAGE_THREADS)
    ]
    for _ in links:
        assert world.entered.acquire(timeout=SECONDS)

    assert world.get("/healthz") == (200, b"well")


def test_a_head_has_a_deadline_however_it_drips(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request whose head does not end is closed, though bytes keep coming."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    link = world.connect(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ")
    link.settimeout(0.05)

    def closed() -> bool:
        try:
            link.sendall(b"a")
            return link.recv(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True

    until(closed)


def test_a_body_has_a_slowest_pace(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that brings too little is given up with 408; what came has been handed on."""
    monkeypatch.setattr(bodies, "WINDOW", 0.5)
    link = world.connect(put(MIB) + b"x" * 1000)

    assert status(link) == b"HTTP/1.1 408"
    assert world.broken == ["Request Timeout"]
    assert world.arrived == 1000


def test_a_body_that_has_stalled_can_be_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another request may end one whose line broke without a word; what came has been handed on."""
    monkeypatch.setattr(bodies, "STALLED", 0.1)
    world.connect(put(MIB) + b"x" * 1000)
    assert world.entered.acquire(timeout=SECONDS)

    until(world.body.give_up)

    assert world.read.wait(SECONDS)
    assert world.broken == ["Bad Request"]
    assert world.arrived == 1000


def test_a_client_may_end_its_own_direction_after_the_request(world: World) -> None:
    """A half-closed connection gets its answer."""
    link = world.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    link.shutdown(socket.SHUT_WR)

    said = b""
    while piece := link.recv(4096):
        said += piece

    assert said.endswith(b"well")


def test_a_body_in_chunks_is_read_whole(world: World) -> None:
    """A body without an announced size ends where its last chunk does."""
    link = world.connect(
        b"PUT /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\n12345\r\n3\r\n678\r\n0\r\n\r\n"
    )

    assert status(link) == b"HTTP/1.1 200"
    assert world.arrived == 8


def test_headers_of_proxies_are_believed_only_from_a_proxy(world: World) -> None:
    """Without a trusted proxy nobody names another address, in no spelling."""
    world.get("/", **{"X-Forwarded-For": "192.0.2.1", "X_Forwarded_For": "192.0.2.1"})

    assert not {name for name in world.seen if "forwarded" in name.lower()}
    assert world.seen["address"] == "127.0.0.1"


def test_too_many_connections_cost_the_one_that_waits_longest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address with too many idle connections loses its oldest, and newcomers are answered."""
    monkeypatch.setattr(connections, "IDLE_OF_ONE_ADDRESS", 10)
    links = [world.connect() for _ in range(20)]

    assert world.get() == (200, b"well")
    until(lambda: _is_closed(links[0]))
    assert not _is_closed(links[-1])


def test_closing_finishes_what_runs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A running page is answered; an upload that would go on is given up with what arrived."""
    monkeypatch.setattr(patience, "WHEN_LEAVING", 0.2)
    running = world.connect(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
    assert world.entered.acquire(timeout=SECONDS)
    coming = world.connect(put(MIB) + b"x" * 1000)
    assert world.entered.acquire(timeout=SECONDS)

    world.server.should_exit = True

    assert status(coming) == b"HTTP/1.1 503"
    world.gate.set()
    said = b""
    while piece := running.recv(4096):
        said += piece
    assert said.endswith(b"done")
    assert world.arrived == 1000


def _is_closed(link: socket.socket) -> bool:
    link.settimeout(0.01)
    try:
        return link.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True
