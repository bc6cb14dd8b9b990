"""HTTP/1.1 connections: timeouts, connection limits, and a lingering close."""

import asyncio
import resource
import socket
from collections import Counter
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 30.0  # timeout for a complete request head, against slow-header attacks
LINGER_SECONDS = 5.0  # for a client to read the response while it still sends
LINGER_BYTES = 64 * 1024 * 1024  # maximum number of bytes that are discarded during that time
FLUSH_SECONDS = 60.0  # for a client to receive the buffered response before an abort
IDLE_OF_ONE_ADDRESS = 1000  # maximum of idle connections per client address
FILES_FOR_OTHERS = 256  # file descriptors reserved for the rest of the process
MOST_FILES = 16384  # maximum that the soft limit of file descriptors is raised to


class ConnectionLimit:
    """Connection limit that closes the longest idle connection first.

    Args:
        most: Maximum number of open connections. Only idle connections are closed.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: dict[Connection, str] = {}  # client addresses; longest idle connection first
        self._of: Counter[str] = Counter()
        self._open = 0

    def enter(self) -> None:
        """Count a new connection. Above the limit, abort the longest idle connection."""
        self._open += 1
        if self._open > self._most and self._idle:
            self._turn_out(next(iter(self._idle)))

    def leave(self, connection: "Connection") -> None:
        """Remove a closed connection from the counts."""
        self._open -= 1
        self.busy(connection)

    def idle(self, connection: "Connection", address: str) -> None:
        """Register a connection as idle.

        If its address exceeds `IDLE_OF_ONE_ADDRESS`, the longest idle connection of the address
        is aborted.
        """
        if connection in self._idle:
            return
        self._idle[connection] = address
        self._of[address] += 1
        if self._of[address] > IDLE_OF_ONE_ADDRESS:
            self._turn_out(next(one for one, whose in self._idle.items() if whose == address))

    def busy(self, connection: "Connection") -> None:
        """Register a connection as not idle."""
        if (address := self._idle.pop(connection, None)) is None:
            return
        self._of[address] -= 1
        if not self._of[address]:
            del self._of[address]

    def _turn_out(self, oldest: "Connection") -> None:
        self.busy(oldest)
        oldest.transport.abort()


def allow_connections() -> int:
    """Raise the soft limit of file descriptors and return the maximum number of connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return max(soft - FILES_FOR_OTHERS, FILES_FOR_OTHERS)


class Connection(H11Protocol):
    """HTTP/1.1 connection of uvicorn with a timeout for each request head."""

    def __init__(self, *args: Any, limit: ConnectionLimit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limit = limit
        self._deadline: asyncio.TimerHandle | None = None
        self._ended = False  # client closed its sending side but may still read

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Register the connection, set `TCP_NODELAY` and start the head timeout.

        Head and body of a response are two writes. Nagle's algorithm would delay the body by up
        to 40 ms, until the client has acknowledged the head. asyncio turns this
        algorithm off only if the listening socket names its protocol.
        """
        self._limit.enter()
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(LingeringTransport(transport, self.conn, self.loop))  # type: ignore[arg-type]
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection from the counts and cancel the head timeout."""
        self._limit.leave(self)
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Process bytes of a request. Bytes that arrive during a lingering close are discarded."""
        if self.transport.is_closing():
            self.transport.discard(len(data))  # type: ignore[attr-defined]
            return
        super().data_received(data)
        self._watch()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Return True to keep the transport open after a half-close, else False.

        It is kept open if a complete request was received and its response is not complete.
        """
        whole = self.conn.their_state in {h11.DONE, h11.MUST_CLOSE}
        self._ended = whole and not self.cycle.response_complete
        return self._ended

    def on_response_complete(self) -> None:
        """Close the connection if it cannot be reused. Otherwise wait for the next request."""
        if self.conn.their_state is h11.SEND_BODY or self._ended:
            self.transport.close()
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        """Update the idle state and the head timeout.

        The timeout starts with the connection or with the first byte of the next request. The
        keep-alive timeout of uvicorn covers the time between two requests.
        """
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._stop_watching()
            self._limit.busy(self)
            return
        self._limit.idle(self, self.client[0] if self.client else "")
        resting = self.timeout_keep_alive_task is not None
        if self._deadline is None and not resting:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_watching(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class LingeringTransport:
    """Transport with a lingering close: a client that is still sending can read the response.

    Closing a socket with unread bytes resets the connection, and the response may be lost. So
    the sending side is closed first. Received bytes are then discarded for `LINGER_SECONDS`
    seconds, up to `LINGER_BYTES` bytes.
    """

    def __init__(
        self, transport: asyncio.Transport, state: h11.Connection, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._transport = transport
        self._state = state
        self._loop = loop
        self._lingering = False
        self._discarded = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Return True if the transport is closed, closing or in a lingering close."""
        return self._lingering or self._transport.is_closing()

    def close(self) -> None:
        """Close the connection. If the client is still sending its body, use a lingering close."""
        if self.is_closing():
            return
        if self._state.their_state is not h11.SEND_BODY:
            self._end()
            return
        self._lingering = True
        self._transport.write_eof()
        if not self._transport.is_reading():
            self._transport.resume_reading()
        self._loop.call_later(LINGER_SECONDS, self._end)

    def discard(self, size: int) -> None:
        """Count discarded bytes. Close the connection when the count exceeds `LINGER_BYTES`."""
        self._discarded += size
        if self._discarded > LINGER_BYTES:
            self._end()

    def _end(self) -> None:
        if not self._transport.is_closing():
            self._transport.close()
            self._loop.call_later(FLUSH_SECONDS, self._transport.abort)
