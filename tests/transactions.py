"""Observation of the database connections of a library during a function call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from library.store import Library


@contextmanager
def listening(library: Library, name: str, listener: Callable[..., object]) -> Iterator[None]:
    """Register *listener* for an event of the library's database engine."""
    event.listen(library._engine, name, listener)
    try:
        yield
    finally:
        event.remove(library._engine, name, listener)


def statements_of(library: Library, act: Callable[[], object]) -> list[str]:
    """Return the SQL statements that *act* executes. A statement for many rows counts once."""
    asked: list[str] = []

    def record(_db: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    with listening(library, "before_cursor_execute", record):
        act()
    return asked


def counts_at_commits(library: Library, count: str, act: Callable[[], object]) -> list[int]:
    """Return the results of the query *count* at each commit of *act*, without repetitions."""
    counted: list[int] = []

    def committing(db: Connection) -> None:
        counted.append(db.connection.cursor().execute(count).fetchone()[0])

    with listening(library, "commit", committing):
        act()
    return [now for before, now in zip([0, *counted], counted, strict=False) if now != before]
