"""Functions that record SQL statements and commits of a library during a function call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from library.store import Library


@contextmanager
def listening(library: Library, name: str, listener: Callable[..., object]) -> Iterator[None]:
    """Register *listener* for an event of the library's database engine in a `with` block."""
    event.listen(library._engine, name, listener)
    try:
        yield
    finally:
        event.remove(library._engine, name, listener)


def statements_of(library: Library, act: Callable[[], object]) -> list[str]:
    """Call *act* and return its SQL statements. A statement for many rows counts once."""
    statements: list[str] = []

    def record(_db: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    with listening(library, "before_cursor_execute", record):
        act()
    return statements


def counts_at_commits(library: Library, count: str, act: Callable[[], object]) -> list[int]:
    """Call *act* and return the numbers that the query *count* gives at the commits, in order.

    A number is left out if it equals the number at the commit before. A zero at the beginning is
    left out too.
    """
    results: list[int] = []

    def committing(db: Connection) -> None:
        results.append(db.connection.cursor().execute(count).fetchone()[0])

    with listening(library, "commit", committing):
        act()
    return [now for before, now in zip([0, *results], results, strict=False) if now != before]
