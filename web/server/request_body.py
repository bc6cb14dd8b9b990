"""Request bodies that are read on demand, with a minimum transfer rate."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

from werkzeug.exceptions import ClientDisconnected, RequestTimeout, ServiceUnavailable

from web.server.timeouts import Timeouts

Receive = Callable[[], Awaitable[dict[str, Any]]]

SMALL = 64 * 1024  # bytes; a body up to this size is buffered before a thread starts
TOGETHER = 256 * 1024  # maximum bytes per read
SOON = 1.0  # seconds after which a read returns the bytes received so far
WINDOW = 30.0  # seconds in which `WINDOW_BYTES` or the end of the body must arrive
WINDOW_BYTES = 16 * 1024
STALLED = 3.0  # seconds without a byte, after which another request may abort the body


class Body:
    """Request body that is being received.

    Args:
        receive: ASGI receive callable of the request.
        length: Content-Length in bytes, or None if the request has none.
        patience: Timeouts, which are shortened when the server closes.

    Attributes:
        complete: True if all bytes were received from the connection.
    """

    def __init__(self, receive: Receive, length: int | None, patience: Timeouts) -> None:
        self._receive = receive
        self._patience = patience
        self._length = length
        self._waited, self._brought = 0.0, 0
        self._held = b""  # bytes received but not yet returned to the application
        self._deadline: asyncio.Timeout | None = None  # of the current wait
        self._last = time.monotonic()  # time of the last received message
        self._given_up = False
        self.complete = length == 0

    async def gather(self, *, chunked: bool) -> bytes | None:
        """Receive a body of at most `SMALL` bytes and return it.

        Returns:
            The complete body, or None if it is larger and has to be streamed.

        Raises:
            ClientDisconnected: The client disconnected.
            RequestTimeout: The transfer rate is below the minimum.
            ServiceUnavailable: The server is closing.
        """
        if self._length is None and not chunked:
            self.complete = True
        if self._length is not None and self._length > SMALL:
            return None
        while not self.complete and len(self._held) <= SMALL:
            self._held += await self._next()
        return self._held if self.complete and len(self._held) <= SMALL else None

    async def more(self, size: int) -> bytes:
        """Return up to *size* bytes, empty only at the end of the body.

        Bytes received before an error are returned first. The next call raises the error.

        Raises:
            ClientDisconnected: The client disconnected before the end.
            RequestTimeout: The transfer rate is below the minimum.
            ServiceUnavailable: The server is closing.
        """
        size = min(size, TOGETHER)
        if not self._held and not self.complete:
            self._held = await self._next()
        until = time.monotonic() + SOON
        try:
            while len(self._held) < size and not self.complete:
                self._held += await self._next(until - time.monotonic())
        except (TimeoutError, ClientDisconnected, RequestTimeout, ServiceUnavailable):
            pass  # the received bytes are returned first
        given, self._held = self._held[:size], self._held[size:]
        return given

    @property
    def stalled(self) -> bool:
        """True if the body is incomplete and no byte arrived for more than `STALLED` seconds."""
        return not self.complete and time.monotonic() - self._last > STALLED

    def give_up(self) -> None:
        """Abort a stalled body: its reader gets `ClientDisconnected`."""
        if not self.stalled:
            return
        self._given_up = True
        if self._deadline is not None:
            self._deadline.reschedule(asyncio.get_running_loop().time())

    async def _next(self, soon: float = WINDOW) -> bytes:
        """Wait for the next bytes of the connection.

        Raises:
            TimeoutError: No bytes arrived within *soon* seconds. The body may still continue.
            ClientDisconnected: The client disconnected, or the body was aborted.
            RequestTimeout: The transfer rate is below the minimum.
            ServiceUnavailable: The server is closing.
        """
        if self._given_up:
            raise ClientDisconnected
        begun = time.monotonic()
        try:
            async with self._patience.within(min(soon, WINDOW - self._waited)) as deadline:
                self._deadline = deadline
                message = await self._receive()
        except TimeoutError as error:
            self._waited += time.monotonic() - begun
            if self._given_up:
                raise ClientDisconnected from error
            if self._patience.leaving:
                raise ServiceUnavailable from error
            if self._waited < WINDOW:
                raise
            raise RequestTimeout from error
        finally:
            self._deadline = None
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        self._last = time.monotonic()
        piece = cast(bytes, message.get("body", b""))
        self.complete = not message.get("more_body", False)
        self._waited += time.monotonic() - begun
        self._brought += len(piece)
        if self._brought >= WINDOW_BYTES:
            self._waited, self._brought = 0.0, 0
        return piece


class BodyStream(io.RawIOBase):
    """WSGI input stream. A worker thread reads it while the event loop receives the bytes."""

    def __init__(self, body: Body, loop: asyncio.AbstractEventLoop) -> None:
        self._body = body
        self._loop = loop

    def give_up(self) -> bool:
        """Abort the body if it has stalled. Return True if it has stalled."""
        if self._body.stalled:
            self._loop.call_soon_threadsafe(self._body.give_up)
        return self._body.stalled

    def readable(self) -> bool:
        """Return True: `io.RawIOBase` asks whether the stream can be read."""
        return True

    def readinto(self, target: Any) -> int:
        """Fill *target* with the next bytes and return their number, 0 at the end.

        Raises:
            ClientDisconnected: The client disconnected before the end.
            RequestTimeout: The transfer rate is below the minimum.
            ServiceUnavailable: The server is closing.
        """
        reading = asyncio.run_coroutine_threadsafe(self._body.more(len(target)), self._loop)
        piece = reading.result()
        target[: len(piece)] = piece
        return len(piece)
