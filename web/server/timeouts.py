"""Timeouts for clients that send or receive slowly. They are shortened when the server closes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

WHEN_LEAVING = 5.0  # seconds for clients to finish when the server closes


class Timeouts:
    """Set of active timeouts. `leave` shortens all active timeouts to `WHEN_LEAVING` seconds."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Timeout] = set()
        self._last: float | None = None

    @property
    def leaving(self) -> bool:
        """True if the server is closing."""
        return self._last is not None

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[asyncio.Timeout]:
        """Limit the `async with` block to a number of seconds.

        Yields:
            The timeout, which can be rescheduled.

        Raises:
            TimeoutError: The block took longer, or longer than a closing server allows.
        """
        until = asyncio.get_running_loop().time() + seconds
        if self._last is not None:
            until = min(until, self._last)
        async with asyncio.timeout_at(until) as deadline:
            self._waiting.add(deadline)
            try:
                yield deadline
            finally:
                self._waiting.discard(deadline)

    def leave(self) -> None:
        """Shorten all present and future timeouts because the server is closing."""
        self._last = asyncio.get_running_loop().time() + WHEN_LEAVING
        for deadline in self._waiting:
            until = deadline.when()
            deadline.reschedule(self._last if until is None else min(until, self._last))
