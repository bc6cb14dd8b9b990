"""One call of the WSGI application; its answer is taken in steps, each by any thread."""

from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

STEP = 256 * 1024  # bytes that a piece has at least, unless the answer ends
AS_IT_COMES = ("X-Accel-Buffering", "no")  # of an answer that tells of work; nginx knows it too


class Answer:
    """An answer of the application.

    Attributes:
        status: the HTTP status.
        headers: names and values.
        ended: whether the last piece was given.
        closing: whether the application is to be told of the end.
    """

    def __init__(self, app: Application, environ: dict[str, Any]) -> None:
        self._app = app
        self._environ = environ
        self._context = copy_context()  # Flask keeps the request in it, whichever thread goes on
        self._given: Iterable[bytes] = ()
        self._pieces: Iterator[bytes] = iter(())
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.ended = False
        self.closing = False
        self._as_it_comes = False

    def begin(self) -> bytes:
        """Call the application; returns the first piece of its answer."""
        self._given = self._context.run(self._app, self._environ, self._start)
        self.closing = hasattr(self._given, "close")
        self._pieces = iter(self._given)
        piece = self.more()
        if self.ended:
            self.close()
        return piece

    def more(self, size: int = STEP) -> bytes:
        """Return the next piece, of at least *size* bytes unless it is the last, or is to go on."""
        gathered: list[bytes] = []
        while (piece := self._context.run(next, self._pieces, None)) is not None:
            gathered.append(piece)
            size -= len(piece)
            if size <= 0 or (piece and self._as_it_comes):
                return b"".join(gathered)
        self.ended = True
        return b"".join(gathered)

    def close(self) -> None:
        """Tell the application that its answer was sent or is no longer wanted."""
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
        raise NotImplementedError("The answer is what the application returns (PEP 3333).")
