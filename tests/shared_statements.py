"""Compiled SQL statements, shared by all libraries of a test process.

SQLAlchemy caches compiled statements for each engine and its dialect. A test opens a new library,
so it would compile every statement again: a third of the time of a test of a page.
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

from library import store


def share_statements() -> None:
    """Give every SQLite engine of this process one dialect and one cache."""
    create_engine = store.create_engine
    shared: list[Engine] = []

    def create(url: str, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        if engine.dialect.name == "sqlite":
            if not shared:
                engine._compiled_cache = LRUCache(10_000)
                shared.append(engine)
            engine.dialect = engine.pool._dialect = shared[0].dialect
            engine._compiled_cache = shared[0]._compiled_cache
        return engine

    store.create_engine = create
