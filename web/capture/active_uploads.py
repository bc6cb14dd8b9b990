"""Registry of the requests that receive upload bytes, so that a stalled request can be ended."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 5.0  # seconds for a stalled request to store its received bytes

_running: dict[str, tuple[Any, threading.Event]] = {}


@contextmanager
def running(upload_id: str, body: Any) -> Iterator[None]:
    """Register a request while its *body* is being read for an upload."""
    mine = (body, threading.Event())
    _running.setdefault(upload_id, mine)
    try:
        yield
    finally:
        mine[1].set()
        if _running.get(upload_id) is mine:
            del _running[upload_id]


def end_stalled(upload_id: str) -> bool:
    """End the request of an upload if it has stalled. Return True if a request has ended."""
    if (found := _running.get(upload_id)) is None:
        return False
    body, ended = found
    return hasattr(body, "give_up") and body.give_up() and ended.wait(PATIENCE)
