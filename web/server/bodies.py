"""Request bodies: read from the connection as the application asks for them, at a minimum rate."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

from werkzeug.exceptions import ClientDisconnected, RequestTimeout, ServiceUnavailable

from web.server.patience import Patience

Receive = Callable[[], Awaitable[dict[str, Any]]]

SMALL = 64 * 1024  # bytes; a body up to this size is complete before a thread begins
TOGETHER = 256 * 1024  # bytes that one read gives at most
SOON = 1.0  # seconds after which a read gives what has arrived
WINDOW = 30.0  # seconds of waiting in which a body must bring `WINDOW_BYTES` or end
WINDOW_BYTES = 16 * 1024
STALLED = 3.0  # seconds without a byte after which a body may be given up for another request


class Body:
    """A request body on its way in.

    Args:
        receive: the ASGI channel of the request.
        length: announced size in bytes; None: none was announced.
        patience: ends every waiting when the server closes.
    """

    def __init__(self, receive: Receive, length: int | None, patience: Patience) -> None:
        self._receive = receive
        self._patience = patience
        self._length = length
        self._waited, self._brought = 0.0, 0
        self._held = b""  # arrived, not yet given to the application
        self._deadline: asyncio.Timeout | None = None  # of the waiting that goes on now
        self._last = time.monotonic()  # when bytes came
        self._given_up = False
        self.complete = length == 0

    async def gather(self, *, chunked: bool) -> bytes | None:
        """Wait for a small body; returns it whole, or None for one that is to be streamed.

        Raises:
            ClientDisconnected: the client left.
            RequestTimeout: the body came too slowly.
        """
        if self._length is None and not chunked:
            self.complete = True
        if self._length is not None and self._length > SMALL:
            return None
        while not self.complete and len(self._held) <= SMALL:
            self._held += await self._next()
        return self._held if self.complete and len(self._held) <= SMALL else None

    async def more(self, size: int) -> bytes:
        """Return up to *size* bytes, empty only at the end.

        What arrived before the client left is returned first; the next call raises.

        Raises:
            ClientDisconnected: the client left before the end.
            RequestTimeout: the body came too slowly.
            ServiceUnavailable: the server is closing.
        """
        size = min(size, TOGETHER)
        if not self._held and not self.complete:
            self._held = await self._next()
        until = time.monotonic() + SOON
        try:
            while len(self._held) < size and not self.complete:
                self._held += await self._next(until - time.monotonic())
        except (TimeoutError, ClientDisconnected, RequestTimeout, ServiceUnavailable):
            pass  # what has arrived is given first
        given, self._held = self._held[:size], self._held[size:]
        return given

    @property
    def stalled(self) -> bool:
        """Whether no byte has come for a while."""
        return not self.complete and time.monotonic() - self._last > STALLED

    def give_up(self) -> None:
        """End a body that has stalled, as if its client had left."""
        if not self.stalled:
            return
        self._given_up = True
        if self._deadline is not None:
            self._deadline.reschedule(asyncio.get_running_loop().time())

    async def _next(self, soon: float = WINDOW) -> bytes:
        """Wait for the next bytes of the connection.

        Raises:
            TimeoutError: none came within *soon* seconds, which is no fault yet.
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
    """A body as the file that WSGI asks for: read by a thread, filled by the event loop."""

    def __init__(self, body: Body, loop: asyncio.AbstractEventLoop) -> None:
        self._body = body
        self._loop = loop

    def give_up(self) -> bool:
        """End the body if it has stalled, and return that; its reader gets `ClientDisconnected`."""
        if self._body.stalled:
            self._loop.call_soon_threadsafe(self._body.give_up)
        return self._body.stalled

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, target: Any) -> int:
        """Fill *target* with the next bytes; returns their number, 0 at the end.

        Raises:
            ClientDisconnected: the client left before the end.
            RequestTimeout: the body came too slowly.
            ServiceUnavailable: the server is closing.
        """
        reading = asyncio.run_coroutine_threadsafe(self._body.more(len(target)), self._loop)
        piece = reading.result()
        target[: len(piece)] = piece
        return len(piece)
