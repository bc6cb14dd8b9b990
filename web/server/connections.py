"""Connections of the web server: deadlines, limits, and a close that lets the answer arrive."""

import asyncio
import resource
import socket
from collections import Counter
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 30.0  # for a whole request head, however it drips
LINGER_SECONDS = 5.0  # for a client to read the answer while it still sends
LINGER_BYTES = 64 * 1024 * 1024  # that are read and thrown away meanwhile
FLUSH_SECONDS = 60.0  # for a client to take what was sent before the close
IDLE_OF_ONE_ADDRESS = 1000  # connections without a request; older ones are closed
FILES_FOR_OTHERS = 256  # descriptors that connections leave to the rest of the process
MOST_FILES = 16384


class Room:
    """The connections that wait for a request, oldest first: they make room for newer ones."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: dict[Connection, str] = {}  # in the order in which they began to wait
        self._of: Counter[str] = Counter()
        self._open = 0

    def enter(self) -> None:
        """Count a new connection; where there are too many, the one that waits longest goes."""
        self._open += 1
        if self._open > self._most and self._idle:
            self._turn_out(next(iter(self._idle)))

    def leave(self, connection: "Connection") -> None:
        """Forget a connection that is closed."""
        self._open -= 1
        self.busy(connection)

    def idle(self, connection: "Connection", address: str) -> None:
        """Note that a connection waits for a request."""
        if connection in self._idle:
            return
        self._idle[connection] = address
        self._of[address] += 1
        if self._of[address] > IDLE_OF_ONE_ADDRESS:
            self._turn_out(next(one for one, whose in self._idle.items() if whose == address))

    def busy(self, connection: "Connection") -> None:
        """Note that a connection has a request."""
        if (address := self._idle.pop(connection, None)) is None:
            return
        self._of[address] -= 1
        if not self._of[address]:
            del self._of[address]

    def _turn_out(self, oldest: "Connection") -> None:
        self.busy(oldest)
        oldest.transport.abort()


def allow_connections() -> int:
    """Raise this process's limit of open files; returns how many connections fit in."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return max(soft - FILES_FOR_OTHERS, FILES_FOR_OTHERS)


class Connection(H11Protocol):
    """One connection of a client: uvicorn's, with a deadline for the head of each request."""

    def __init__(self, *args: Any, room: Room, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._room = room
        self._deadline: asyncio.TimerHandle | None = None
        self._ended = False  # the client sends no more, but may still read

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request.

        Head and body of an answer are two writes. asyncio turns Nagle's algorithm off only where
        the listening socket names its protocol; left on, it keeps the body back until the client
        has acknowledged the head, for up to 40 ms.
        """
        self._room.enter()
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(LingeringTransport(transport, self.conn, self.loop))  # type: ignore[arg-type]
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._room.leave(self)
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request; after a refusal they are thrown away."""
        if self.transport.is_closing():
            self.transport.discard(len(data))  # type: ignore[attr-defined]
            return
        super().data_received(data)
        self._watch()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer a client that ended only its own direction after a whole request."""
        whole = self.conn.their_state in {h11.DONE, h11.MUST_CLOSE}
        self._ended = whole and not self.cycle.response_complete
        return self._ended

    def on_response_complete(self) -> None:
        """Wait for the next request, or close where there will be none."""
        if self.conn.their_state is h11.SEND_BODY or self._ended:
            self.transport.close()
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        """Give the next head its time, counted from its first byte or from the connection's."""
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._stop_watching()
            self._room.busy(self)
            return
        self._room.idle(self, self.client[0] if self.client else "")
        resting = self.timeout_keep_alive_task is not None
        if self._deadline is None and not resting:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_watching(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class LingeringTransport:
    """A transport whose close lets a client that is still sending read the answer.

    Closing a socket that holds unread bytes resets the connection, and the answer may be lost
    with it. So the own direction is ended first; what still comes is thrown away, for a short
    time and up to a limit.
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
        """Return whether nothing more will be sent."""
        return self._lingering or self._transport.is_closing()

    def close(self) -> None:
        """Close, at once or when the client has read the answer."""
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
        """Count bytes that came after the answer; close when there are too many."""
        self._discarded += size
        if self._discarded > LINGER_BYTES:
            self._end()

    def _end(self) -> None:
        if not self._transport.is_closing():
            self._transport.close()
            self._loop.call_later(FLUSH_SECONDS, self._transport.abort)
