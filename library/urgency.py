"""Somebody waits until words are gone: whoever works in the background rests meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST = 2.0  # seconds that somebody rests: what is urgent is done by then, or takes long anyway


class Urgency:
    """How many urgent things are being done in this process."""

    def __init__(self) -> None:
        self._doing = 0
        self._changed = threading.Condition()

    @contextmanager
    def hurrying(self) -> Iterator[None]:
        """What is done within is urgent."""
        self._add(1)
        try:
            yield
        finally:
            self._add(-1)

    def rest(self, longest: float = LONGEST) -> None:
        """Wait while something urgent is done, at most *longest* seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._doing, longest)

    def _add(self, number: int) -> None:
        with self._changed:
            self._doing += number
            self._changed.notify_all()
