"""The requests that send bytes of an upload at this moment, and the end of those that stalled."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 5.0  # seconds for a stalled request to keep what it brought

_running: dict[str, tuple[Any, threading.Event]] = {}


@contextmanager
def running(upload_id: str, body: Any) -> Iterator[None]:
    """Note that *body* is read for an upload."""
    mine = (body, threading.Event())
    _running.setdefault(upload_id, mine)
    try:
        yield
    finally:
        mine[1].set()
        if _running.get(upload_id) is mine:
            del _running[upload_id]


def end_stalled(upload_id: str) -> bool:
    """End a request that sends no more; returns whether it has ended.

    A line that broke without a word is noticed late, and its request would keep the next one out.
    """
    if (found := _running.get(upload_id)) is None:
        return False
    body, ended = found
    return hasattr(body, "give_up") and body.give_up() and ended.wait(PATIENCE)
