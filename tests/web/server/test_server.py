"""Tests of the web server over sockets, with slow, broken and idle clients.

Covers: bridge, adaptive_chunk_size, connections, request_body, wsgi_call, wsgi_environ.
"""

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

from web.server import adaptive_chunk_size, bridge, connections, request_body, timeouts, wsgi_call
from web.server.adaptive_chunk_size import ChunkSizer, LargeChunkLimit
from web.server.server import Server

MIB = 1024 * 1024
LITTLE = 64 * 1024  # bytes, which Linux doubles
SECONDS = 60  # timeout of each wait
CONTENT = random.Random(1).randbytes(8 * MIB + 12345)


@dataclass
class World:
    """Small application on the tested server, and a record of its requests."""

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

    def connect(self, begin: bytes = b"", *, buffer_size: int = 0) -> socket.socket:
        """Open a connection and send *begin*.

        With `buffer_size`, the receive buffer has that many bytes.
        """
        made = socket.socket()
        if buffer_size:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_size)
        made.settimeout(SECONDS)
        made.connect(("127.0.0.1", self.port))
        self.links.append(made)
        made.sendall(begin)
        return made

    def get(self, path: str = "/", **headers: str) -> tuple[int, bytes]:
        """Send one request on a new connection. Return status and body."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            link.request("GET", path, headers=headers)
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()


def application(world: World) -> Flask:
    """Return an application with short, long and delayed responses, a refusal and an upload."""
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
    """Add routes that send a long response, count the sent chunks, or send a file."""

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
                yield b"x" * wsgi_call.STEP

        return Response(counted())

    @app.get("/file")
    def file() -> Response:
        world.file = io.BytesIO(CONTENT)
        return send_file(world.file, "audio/ogg", conditional=True)


@pytest.fixture
def world() -> Iterator[World]:
    """Small application, served by the product's server on a free port."""
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
    """Return the head of an upload request for *length* bytes, with the header *lines*."""
    more = "".join(f"{line}\r\n" for line in lines)
    return f"PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{more}\r\n".encode()


def status(link: socket.socket) -> bytes:
    """Return the HTTP version and status code of the next response on a connection."""
    return link.recv(12)


def until(holds: Callable[[], bool]) -> None:
    """Wait until a condition is true. Fail after `SECONDS`."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_application_reads_the_received_part_of_a_broken_body(world: World) -> None:
    """If an upload breaks off, the application can read the part that arrived."""
    link = world.connect(put(20 * MIB))
    link.sendall(b"x" * (15 * MIB))
    until(lambda: world.arrived > 14 * MIB)
    link.close()

    assert world.read.wait(SECONDS)
    assert world.broken == ["Bad Request"]
    assert world.arrived > 14 * MIB


def test_a_refusal_comes_before_the_body_and_reaches_the_client(world: World) -> None:
    """A client that is still sending a body gets the refusal, and the connection is closed."""
    link = world.connect(
        b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 209715200\r\n\r\n" + b"x" * MIB
    )

    response = b""
    while piece := link.recv(4096):
        response += piece

    assert response.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in response.lower()
    assert response.endswith(b"not wanted")


def test_expect_continue_is_answered(world: World) -> None:
    """A request with "Expect: 100-continue" gets 100 if the body will be read, else the refusal."""
    wanted = world.connect(put(5, "Expect: 100-continue"))
    unwanted = world.connect(
        b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    )

    assert status(wanted) == b"HTTP/1.1 100"
    assert status(unwanted) == b"HTTP/1.1 413"
    wanted.sendall(b"12345")
    until(lambda: world.arrived == 5)


def test_idle_connections_block_no_other_client(world: World) -> None:
    """A page is answered although 500 connections are open, half of them in a request head."""
    for number in range(500):
        world.connect(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " * (number % 2))

    answers = [world.get(path) for path in ("/", "/healthz")]

    assert answers == [(200, b"well")] * 2


def test_slow_bodies_block_no_other_client(world: World) -> None:
    """A page is answered although unfinished request bodies occupy all body threads.

    A further large request body is refused with 503.
    """
    for _ in range(40):
        world.connect(put(1000) + b"x")
    for _ in range(bridge.BODY_THREADS):
        world.connect(put(MIB) + b"x")
    for _ in range(bridge.BODY_THREADS):
        assert world.entered.acquire(timeout=SECONDS)

    assert world.get() == (200, b"well")
    one_more = world.connect(put(MIB))
    assert status(one_more) == b"HTTP/1.1 503"


def test_slow_readers_block_no_other_client(world: World) -> None:
    """A page is answered although 40 clients do not read their long responses."""
    links = [world.connect(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(40)]
    for link in links:
        assert status(link) == b"HTTP/1.1 200"

    assert world.get() == (200, b"well")
    assert not world.closed.is_set()
    for link in links:
        link.close()
    assert world.closed.wait(SECONDS)


def test_little_is_read_ahead_for_a_client_that_reads_nothing(world: World) -> None:
    """For a client that reads nothing, at most `HELD` chunks plus socket buffers are prepared."""
    link = world.connect(b"GET /pieces HTTP/1.1\r\nHost: x\r\n\r\n", buffer_size=LITTLE)
    until(lambda: world.given >= adaptive_chunk_size.HELD)

    for _ in range(30):  # gives the server time for further reads
        assert world.get() == (200, b"well")

    buffers = 4 * LITTLE // wsgi_call.STEP
    assert world.given <= adaptive_chunk_size.HELD + buffers
    assert status(link) == b"HTTP/1.1 200"


def test_only_few_responses_have_large_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most `QUICK_AT_ONCE` responses have large chunks at the same time.

    The next response gets large chunks once another response has sent all its large chunks.
    """
    monkeypatch.setattr(adaptive_chunk_size, "BEYOND_BUFFERS", 0)
    monkeypatch.setattr(adaptive_chunk_size, "QUICK", float("inf"))
    places = LargeChunkLimit()
    quick = [ChunkSizer(places) for _ in range(adaptive_chunk_size.QUICK_AT_ONCE + 1)]

    def sizes() -> list[int]:
        for pace in quick:
            pace.sent(wsgi_call.STEP)
        return [pace.size for pace in quick]

    assert sizes() == [adaptive_chunk_size.LARGE] * adaptive_chunk_size.QUICK_AT_ONCE + [
        wsgi_call.STEP
    ]
    monkeypatch.setattr(adaptive_chunk_size, "QUICK", 0.0)
    for _ in range(adaptive_chunk_size.HELD - 1):
        quick[0].sent(wsgi_call.STEP)
    monkeypatch.setattr(adaptive_chunk_size, "QUICK", float("inf"))
    assert sizes()[-1] == wsgi_call.STEP, "the first response may still hold a large chunk"
    monkeypatch.setattr(adaptive_chunk_size, "QUICK", 0.0)
    for _ in range(adaptive_chunk_size.HELD):
        quick[0].sent(wsgi_call.STEP)
    monkeypatch.setattr(adaptive_chunk_size, "QUICK", float("inf"))
    quick[-1].sent(wsgi_call.STEP)
    assert quick[-1].size == adaptive_chunk_size.LARGE


@pytest.mark.parametrize("quick", [0.0, float("inf")], ids=["usual pieces", "large pieces"])
def test_a_file_and_its_ranges_are_sent_unchanged(
    world: World, monkeypatch: pytest.MonkeyPatch, quick: float
) -> None:
    """A file and its byte ranges are sent unchanged in chunks of any size.

    The file is then closed.
    """
    monkeypatch.setattr(adaptive_chunk_size, "BEYOND_BUFFERS", 0)
    monkeypatch.setattr(adaptive_chunk_size, "QUICK", quick)

    full = world.get("/file")
    first = world.file
    part = world.get("/file", Range=f"bytes={MIB - 1}-{7 * MIB}")
    tail = world.get("/file", Range="bytes=-700000")

    assert full == (200, CONTENT)
    assert part == (206, CONTENT[MIB - 1 : 7 * MIB + 1])
    assert tail == (206, CONTENT[-700000:])
    until(lambda: first.closed and world.file.closed)


def test_a_download_that_is_cut_off_closes_its_file(world: World) -> None:
    """If the client leaves during a download, the server closes the file."""
    link = world.connect(b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n", buffer_size=LITTLE)
    assert status(link) == b"HTTP/1.1 200"
    assert not world.file.closed

    link.close()

    until(lambda: world.file.closed)


def test_connections_have_nagles_algorithm_off(world: World) -> None:
    """Every connection has Nagle's algorithm switched off (TCP_NODELAY)."""
    link = world.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status(link) == b"HTTP/1.1 200"

    served = [one.transport for one in world.server.server_state.connections]
    options = [
        one.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        for one in served
    ]

    assert options
    assert all(options)


def test_the_health_check_answers_while_all_threads_are_busy(world: World) -> None:
    """/healthz is answered although all threads for pages are busy."""
    links = [
        world.connect(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(bridge.PAGE_THREADS)
    ]
    for _ in links:
        assert world.entered.acquire(timeout=SECONDS)

    assert world.get("/healthz") == (200, b"well")


def test_a_slow_head_has_a_deadline(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection is closed if its request head takes too long, even if bytes still arrive."""
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


def test_a_body_has_a_lowest_speed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload that is too slow is ended with 408.

    The application gets the part that arrived.
    """
    monkeypatch.setattr(request_body, "WINDOW", 0.5)
    link = world.connect(put(MIB) + b"x" * 1000)

    assert status(link) == b"HTTP/1.1 408"
    assert world.broken == ["Request Timeout"]
    assert world.arrived == 1000


def test_a_stalled_body_can_be_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread can stop the reading of a stalled upload.

    The application gets the part that arrived.
    """
    monkeypatch.setattr(request_body, "STALLED", 0.1)
    world.connect(put(MIB) + b"x" * 1000)
    assert world.entered.acquire(timeout=SECONDS)

    until(world.body.give_up)

    assert world.read.wait(SECONDS)
    assert world.broken == ["Bad Request"]
    assert world.arrived == 1000


def test_a_half_closed_connection_gets_its_response(world: World) -> None:
    """A client that closed only its sending direction still gets the response."""
    link = world.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    link.shutdown(socket.SHUT_WR)

    response = b""
    while piece := link.recv(4096):
        response += piece

    assert response.endswith(b"well")


def test_a_body_in_chunks_is_read_whole(world: World) -> None:
    """A chunked body without an announced length is read up to its last chunk."""
    link = world.connect(
        b"PUT /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\n12345\r\n3\r\n678\r\n0\r\n\r\n"
    )

    assert status(link) == b"HTTP/1.1 200"
    assert world.arrived == 8


def test_headers_of_proxies_are_believed_only_from_a_proxy(world: World) -> None:
    """If no proxy is trusted, forwarding headers in any spelling are removed."""
    world.get("/", **{"X-Forwarded-For": "192.0.2.1", "X_Forwarded_For": "192.0.2.1"})

    assert not {name for name in world.seen if "forwarded" in name.lower()}
    assert world.seen["address"] == "127.0.0.1"


def test_too_many_idle_connections_close_the_oldest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a client address has too many idle connections, the oldest is closed.

    A new connection from that address is answered.
    """
    monkeypatch.setattr(connections, "IDLE_OF_ONE_ADDRESS", 10)
    links = [world.connect() for _ in range(20)]

    assert world.get() == (200, b"well")
    until(lambda: _is_closed(links[0]))
    assert not _is_closed(links[-1])


def test_closing_completes_running_requests(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopping server completes a running page.

    It ends a running upload with 503 after the application has read the part that arrived.
    """
    monkeypatch.setattr(timeouts, "WHEN_LEAVING", 0.2)
    running = world.connect(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
    assert world.entered.acquire(timeout=SECONDS)
    coming = world.connect(put(MIB) + b"x" * 1000)
    assert world.entered.acquire(timeout=SECONDS)

    world.server.should_exit = True

    assert status(coming) == b"HTTP/1.1 503"
    world.gate.set()
    response = b""
    while piece := running.recv(4096):
        response += piece
    assert response.endswith(b"done")
    assert world.arrived == 1000


def _is_closed(link: socket.socket) -> bool:
    link.settimeout(0.01)
    try:
        return link.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True
