"""What happens to the database of a library while something is done, seen on its connections."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from library.store import Library


@contextmanager
def listening(library: Library, name: str, listener: Callable[..., object]) -> Iterator[None]:
    """Let *listener* hear an event of the library's engine."""
    event.listen(library._engine, name, listener)
    try:
        yield
    finally:
        event.remove(library._engine, name, listener)


def statements_of(library: Library, act: Callable[[], object]) -> list[str]:
    """The statements that *act* gives to the database; one for many rows counts once."""
    asked: list[str] = []

    def heard(_db: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    with listening(library, "before_cursor_execute", heard):
        act()
    return asked


def counts_at_commits(library: Library, count: str, act: Callable[[], object]) -> list[int]:
    """What the query *count* counts at the end of each transaction of *act*, where it changes."""
    counted: list[int] = []

    def committing(db: Connection) -> None:
        counted.append(db.connection.cursor().execute(count).fetchone()[0])

    with listening(library, "commit", committing):
        act()
    return [now for before, now in zip([0, *counted], counted, strict=False) if now != before]
