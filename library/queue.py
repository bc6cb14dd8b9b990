"""The queue between the web process and the worker; home of Huey."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from huey import SqliteHuey


class WorkQueue:
    """Requests for work on sources, kept in a small SQLite file of their own.

    A request only wakes the worker: what is to be done stands in the source's row, and a request
    that was lost is made good by the worker's own look for unfinished sources.
    """

    def __init__(self, home: Path, handler: Callable[[int], None] | None = None) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.huey = SqliteHuey("living-history", filename=str(home / "queue.db"), results=False)

        @self.huey.task(name="take_in")  # type: ignore[untyped-decorator]
        def take_in(source_id: int) -> None:
            if handler is not None:
                handler(source_id)

        self._take_in: Any = take_in

    def request(self, source_id: int) -> None:
        """Ask for work on a source; asking twice does no harm."""
        self._take_in(source_id)

    def close(self) -> None:
        """Let go of the file."""
        self.huey.storage.close()
