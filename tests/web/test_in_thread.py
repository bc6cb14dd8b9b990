"""Tests that the server of the browser tests closes its responses."""

import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit
from urllib.request import urlopen

from flask import Flask, Response, send_file

from tests.web.in_thread import in_thread

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset instead of an orderly end


class Body:
    """Endless response body of large chunks, which records when it is closed."""

    def __init__(self) -> None:
        self.closed = Event()
        self.times = 0

    def __iter__(self) -> Iterator[bytes]:
        while not self.closed.is_set():
            yield b"x" * 100_000

    def close(self) -> None:
        """Record that the server closed the body."""
        self.times += 1
        self.closed.set()


def test_a_response_is_closed_once_when_the_client_resets_the_connection() -> None:
    """A response is closed exactly once when the client resets the connection."""
    body = Body()
    with in_thread(lambda _, start: start("200 OK", []) and body) as address:  # type: ignore[func-returns-value]
        link = socket.create_connection(("127.0.0.1", urlsplit(address).port or 0))
        link.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        link.recv(1000)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        link.close()
        closed = body.closed.wait(60)

    assert closed
    assert body.times == 1


def test_a_file_arrives_whole(tmp_path: Path) -> None:
    """A file is served completely."""
    app, path = Flask(__name__), tmp_path / "sound"
    path.write_bytes(b"sound" * 100_000)

    @app.get("/")
    def page() -> Response:
        return send_file(path)

    with in_thread(app) as address, urlopen(address) as answer:
        assert answer.read() == path.read_bytes()
