"""Adaptive chunk size of long responses: larger chunks for fast clients.

Each chunk costs two thread switches, which take milliseconds on a busy machine. Large chunks
therefore increase the throughput. Three chunks per client are in memory, so only a few responses
get large chunks.
"""

import time

from web.server.wsgi_call import STEP

LARGE = 1024 * 1024  # bytes per chunk for a fast client
QUICK = 0.1  # seconds; a fast client receives a chunk in less
BEYOND_BUFFERS = 16 * 1024 * 1024  # bytes; a smaller number may still be in system buffers
QUICK_AT_ONCE = 8  # maximum number of responses with large chunks
HELD = 3  # chunks per response in memory: one being sent, one waiting, one being read


class LargeChunkLimit:
    """Limit on the number of responses with large chunks, which bounds the memory.

    A long response keeps at most `HELD` * `STEP` bytes in memory. Up to `QUICK_AT_ONCE` responses
    may keep `HELD` * `LARGE` bytes instead.
    """

    def __init__(self) -> None:
        self._quick: set[ChunkSizer] = set()

    def enter(self, pace: "ChunkSizer") -> bool:
        """Allow large chunks for a response. Return False if `QUICK_AT_ONCE` others have them."""
        if pace not in self._quick and len(self._quick) >= QUICK_AT_ONCE:
            return False
        self._quick.add(pace)
        return True

    def leave(self, pace: "ChunkSizer") -> None:
        """End the use of large chunks by a response."""
        self._quick.discard(pace)


class ChunkSizer:
    """Chunk size of one response, adapted to the speed of its client.

    Attributes:
        size: Bytes of the next chunk to read.
    """

    def __init__(self, paces: LargeChunkLimit) -> None:
        self._paces = paces
        self._bytes = 0
        self._last = 0  # bytes of the chunk that is being sent
        self._slow = HELD  # consecutive small chunks; at `HELD`, no large chunk is in memory
        self._since = time.monotonic()
        self.size = STEP

    @property
    def pieces(self) -> float:
        """Size of the last chunk in units of `STEP`, at least 1.0. Scales the send timeout."""
        return max(1.0, self._last / STEP)

    def sent(self, size: int) -> None:
        """Record that a chunk of *size* bytes was sent, and choose the next chunk size.

        A completed send means that the client has received the earlier chunks.
        """
        now = time.monotonic()
        quick, self._since = now - self._since < QUICK, now
        self._bytes, self._last = self._bytes + size, size
        if quick and self._bytes >= BEYOND_BUFFERS and self._paces.enter(self):
            self.size, self._slow = LARGE, 0
            return
        self.size, self._slow = STEP, self._slow + 1
        if self._slow >= HELD:
            self._paces.leave(self)
