"""Which files the library's rows name."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, select

from library.models import Base, LedgerText, SealedOriginal
from library.store import Transaction


@dataclass(frozen=True)
class Named:
    """Hashes of kept files, and names of sealed ones."""

    kept: frozenset[str]
    sealed: frozenset[str]


def named_files(db: Transaction) -> Named:
    """Every file that a row names."""
    kept = {value for column in columns() for value in db.scalars(select(column).distinct())}
    sealed = frozenset(db.scalars(select(SealedOriginal.name)))
    return Named(frozenset(value for value in kept if value), sealed)


def columns() -> Iterator[Column[str | None]]:
    """The columns that hold hashes of kept files: by their name, so that a new one counts too."""
    for table in Base.metadata.sorted_tables:
        if table is not LedgerText.__table__:  # its hashes are of words
            yield from (c for c in table.columns if c.name.endswith("sha256"))
