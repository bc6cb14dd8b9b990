"""Rate limit for failed passwords and codes, counted per account in this process."""

import time

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests


class AttemptLimiter:
    """Counter of failed attempts per account.

    Args:
        allowed: Limits in the notation of the package `limits`, such as "30 per hour".
    """

    def __init__(self, allowed: str) -> None:
        self._limits = parse_many(allowed)
        self._storage = MemoryStorage()
        self._counted = FixedWindowRateLimiter(self._storage)

    def begin(self, account: str) -> None:
        """Count an attempt before its password or code is checked.

        Parallel attempts therefore cannot bypass the limit.

        Raises:
            TooManyRequests: The limit of failed attempts is reached.
        """
        for limit in self._limits:
            if not self._counted.hit(limit, account):
                again = self._counted.get_window_stats(limit, account).reset_time
                raise TooManyRequests(retry_after=max(1, int(again - time.time()) + 1))

    def forgive(self, account: str) -> None:
        """Subtract a successful attempt from the count of its account."""
        for limit in self._limits:
            key = limit.key_for(account)
            if self._storage.get(key) > 0:
                self._storage.incr(key, limit.get_expiry(), amount=-1)
