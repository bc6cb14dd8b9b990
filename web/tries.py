"""Failed tries to give the password or code of an account, counted in this process."""

import time

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests


class Tries:
    """One count for each account, by the form of limits such as "30 per hour"."""

    def __init__(self, allowed: str) -> None:
        self._limits = parse_many(allowed)
        self._storage = MemoryStorage()
        self._counted = FixedWindowRateLimiter(self._storage)

    def begin(self, account: str) -> None:
        """Count a try before it is made, so that many at once are no way around the limit.

        Raises:
            TooManyRequests: there were as many failed tries as are allowed.
        """
        for limit in self._limits:
            if not self._counted.hit(limit, account):
                again = self._counted.get_window_stats(limit, account).reset_time
                raise TooManyRequests(retry_after=max(1, int(again - time.time()) + 1))

    def forgive(self, account: str) -> None:
        """Take a try back that did not fail."""
        for limit in self._limits:
            key = limit.key_for(account)
            if self._storage.get(key) > 0:
                self._storage.incr(key, limit.get_expiry(), amount=-1)
