"""Web server in a thread of the test process, for browsers and programs."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

OPENED = "tests.opened_responses"


class _Response:
    """Response body that is closed exactly once."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body = body
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        """Close the body's resources, such as a file."""
        if not self._closed:
            self._closed = True
            getattr(self._body, "close", lambda: None)()


class _ClosingHandler(WSGIRequestHandler):
    """Request handler that closes every response, even if the client broke the connection.

    Werkzeug reads the rest of the request before it closes a response. If the connection is reset
    at that moment, an exception prevents the closing, and a file stays open.
    """

    def make_environ(self) -> dict[str, Any]:
        self._opened: list[_Response] = []
        return {**super().make_environ(), OPENED: self._opened}

    def run_wsgi(self) -> None:
        try:
            super().run_wsgi()
        finally:
            for response in getattr(self, "_opened", ()):
                response.close()


@contextmanager
def in_thread(app: Callable[..., Iterable[bytes]]) -> Iterator[str]:
    """Serve *app* on a free port of the loopback address. Yield the address of the site."""

    def closable(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = _Response(app(environ, start_response))
        environ[OPENED].append(response)
        return response

    server = make_server("127.0.0.1", 0, closable, threaded=True, request_handler=_ClosingHandler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
