"""How much of a long answer is read at a time: more for clients that take it quickly.

Each piece costs two changes between threads, which take milliseconds where the machine is busy. So
large pieces are faster; but three of them are in memory for each client, so only few get them.
"""

import time

from web.server.answers import STEP

LARGE = 1024 * 1024  # bytes of a piece for a client that is quick
QUICK = 0.1  # seconds in which such a client takes a piece
BEYOND_BUFFERS = 16 * 1024 * 1024  # bytes; what was sent before may lie in buffers of the system
QUICK_AT_ONCE = 8  # answers that have large pieces
HELD = 3  # pieces of an answer in memory: one being sent, one that waits for it, one being read


class Paces:
    """The answers that have large pieces: their number is limited, and so is the memory.

    With n long answers there are at most n * `HELD` * `STEP` bytes, and for each of
    `QUICK_AT_ONCE` of them `HELD` * `LARGE` instead.
    """

    def __init__(self) -> None:
        self._quick: set[Pace] = set()

    def enter(self, pace: "Pace") -> bool:
        """Take one of the few places; False where there is none."""
        if pace not in self._quick and len(self._quick) >= QUICK_AT_ONCE:
            return False
        self._quick.add(pace)
        return True

    def leave(self, pace: "Pace") -> None:
        """Give the place to another answer."""
        self._quick.discard(pace)


class Pace:
    """The size of the next piece of one answer, by how its client took those before.

    Attributes:
        size: bytes of the next piece to be read.
    """

    def __init__(self, paces: Paces) -> None:
        self._paces = paces
        self._bytes = 0
        self._last = 0  # bytes of the piece that the client is taking
        self._slow = HELD  # pieces in a row that are small; with all of them the place is free
        self._since = time.monotonic()
        self.size = STEP

    @property
    def pieces(self) -> float:
        """How many pieces of the usual size the client has to take before the next is sent."""
        return max(1.0, self._last / STEP)

    def sent(self, size: int) -> None:
        """Note that all before the last *size* bytes was taken; decides what to read next."""
        now = time.monotonic()
        quick, self._since = now - self._since < QUICK, now
        self._bytes, self._last = self._bytes + size, size
        if quick and self._bytes >= BEYOND_BUFFERS and self._paces.enter(self):
            self.size, self._slow = LARGE, 0
            return
        self.size, self._slow = STEP, self._slow + 1
        if self._slow >= HELD:
            self._paces.leave(self)
