"""Call of a WSGI application (PEP 3333). Any thread can read the response step by step."""

from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

STEP = 256 * 1024  # minimum bytes per chunk, except the last
AS_IT_COMES = ("X-Accel-Buffering", "no")  # marks a response to send unbuffered, as for nginx


class WsgiResponse:
    """Response of the WSGI application to one request.

    Args:
        app: WSGI application.
        environ: WSGI environment of the request.

    Attributes:
        status: HTTP status code.
        headers: Names and values, encoded as Latin-1.
        ended: True if the last chunk was returned.
        closing: True if the response iterable has a `close` method that was not called yet.
    """

    def __init__(self, app: Application, environ: dict[str, Any]) -> None:
        self._app = app
        self._environ = environ
        self._context = copy_context()  # keeps Flask's request context when the thread changes
        self._given: Iterable[bytes] = ()
        self._pieces: Iterator[bytes] = iter(())
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.ended = False
        self.closing = False
        self._as_it_comes = False

    def begin(self) -> bytes:
        """Call the application and return the first chunk of its response body."""
        self._given = self._context.run(self._app, self._environ, self._start)
        self.closing = hasattr(self._given, "close")
        self._pieces = iter(self._given)
        piece = self.more()
        if self.ended:
            self.close()
        return piece

    def more(self, size: int = STEP) -> bytes:
        """Return the next chunk of at least *size* bytes. The last chunk may be smaller.

        Chunks of a response that is sent unbuffered may be smaller, too.
        """
        gathered: list[bytes] = []
        while (piece := self._context.run(next, self._pieces, None)) is not None:
            gathered.append(piece)
            size -= len(piece)
            if size <= 0 or (piece and self._as_it_comes):
                return b"".join(gathered)
        self.ended = True
        return b"".join(gathered)

    def close(self) -> None:
        """Call `close` of the response iterable once (PEP 3333)."""
        if self.closing:
            self.closing = False
            self._context.run(self._given.close)  # type: ignore[attr-defined]

    def _start(
        self, status: str, headers: list[tuple[str, str]], _error: Any = None
    ) -> Callable[[bytes], object]:
        self._as_it_comes = AS_IT_COMES in headers
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers]
        return self._write

    def _write(self, _piece: bytes) -> None:
        raise NotImplementedError("write() is not supported. Return an iterable (PEP 3333).")
