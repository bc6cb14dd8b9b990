"""How long the server waits for others: less when it is closing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

WHEN_LEAVING = 5.0  # seconds that clients get to finish when the server closes


class Patience:
    """Deadlines of all that waits for a client; `leave` brings them forward."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Timeout] = set()
        self._last: float | None = None

    @property
    def leaving(self) -> bool:
        """Whether the server is closing."""
        return self._last is not None

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[asyncio.Timeout]:
        """Limit the time of what stands inside; gives the deadline.

        Raises:
            TimeoutError: it took longer, or the server is closing.
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
        """Give all that waits a last short time."""
        self._last = asyncio.get_running_loop().time() + WHEN_LEAVING
        for deadline in self._waiting:
            until = deadline.when()
            deadline.reschedule(self._last if until is None else min(until, self._last))
