"""Marks of database columns that hold what people said or wrote, with the effect of a removal.

Every column of text, JSON or bytes has a mark in its `info`. A test fails if a mark is missing.
Removals in `library.sessions.sessions` and `library.removal` read the marks. So they also cover
columns that are added later.
"""

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from library.models.base import Base

MARK = "words"


class OnRedaction(enum.Enum):
    """Effect of a redaction, or of the removal of one source, on a column with people's words."""

    OWN_CODE = enum.auto()  # other code rewrites the words, or nothing has to change
    ROW_GOES = enum.auto()  # the rows of the redacted source are deleted
    SHORTENED = enum.auto()  # an ellipsis replaces the removed words
    EMPTIED = enum.auto()


@dataclass(frozen=True, kw_only=True)
class Quoting:
    """Columns and rules for a text that can quote the words of any session.

    Each column is given by its name. A column of another table, to which the row has a foreign key,
    is given as "table.column".

    Attributes:
        author: column with the person who wrote the text.
        written: column with the time at which the text was written.
        private: whether only the author sees the text. Each edit of such a text sets *written*.
        row_goes: whether the row is deleted if the text quotes removed words. Otherwise an
            ellipsis replaces the quotation.
    """

    author: str
    written: str
    private: bool = False
    row_goes: bool = False


@dataclass(frozen=True, kw_only=True)
class HeldWords:
    """Mark of a column that holds people's words, or data made from them.

    The row is deleted with its session, source or version. A column of the session itself is
    emptied, because its row stays.
    """

    on_redaction: OnRedaction = OnRedaction.OWN_CODE
    quoting: Quoting | None = None


@dataclass(frozen=True, kw_only=True)
class QuotingColumn:
    """Column whose texts can quote the words of any session."""

    model: Any
    column: InstrumentedAttribute[Any]
    rule: Quoting

    @property
    def kind(self) -> str:
        """Name of the table."""
        return str(self.model.__tablename__)

    @property
    def written(self) -> ColumnElement[Any]:
        """Column with the time at which the text was written."""
        return self._named(self.rule.written)

    def is_one_of(self, keys: Iterable[Sequence[Any]]) -> ColumnElement[bool]:
        """Return the SQL condition for rows whose primary key, as a tuple, is one of *keys*."""
        columns = self._keys()
        if len(columns) == 1:
            return columns[0].in_([value for (value,) in keys])
        return tuple_(*columns).in_([tuple(key) for key in keys])

    def query(self) -> Select[Any]:
        """Return a query of the primary key, author, time and text of each row with a text."""
        named = (self._named(self.rule.author), self.written, self.column)
        query = select(*self._keys(), *named).select_from(self.model)
        if "." in self.rule.written:
            query = query.join(Base.metadata.tables[self.rule.written.split(".")[0]])
        return query if isinstance(self.column.type, JSON) else query.where(self.column != "")

    def _keys(self) -> list[ColumnElement[Any]]:
        mapper = self.model.__mapper__
        keys = (mapper.get_property_by_column(column).key for column in mapper.primary_key)
        return [getattr(self.model, key) for key in keys]

    def _named(self, name: str) -> ColumnElement[Any]:
        table, _, column = name.rpartition(".")
        return Base.metadata.tables[table or self.kind].columns[column]


def holds_words(
    on_redaction: OnRedaction = OnRedaction.OWN_CODE, *, quoting: Quoting | None = None
) -> dict[str, HeldWords]:
    """Return the `info` of a column that holds people's words, or data made from them."""
    return {MARK: HeldWords(on_redaction=on_redaction, quoting=quoting)}


HOLDS_WORDS = holds_words()
NO_WORDS: dict[str, None] = {MARK: None}
"""The `info` of a column without people's words, such as names, settings or states."""


def held() -> Iterator[tuple[Any, InstrumentedAttribute[Any], HeldWords]]:
    """Yield (model, column, mark) for each column that holds people's words."""
    for mapper in sorted(Base.registry.mappers, key=lambda one: str(one.local_table)):
        for attribute in mapper.column_attrs:
            mark = attribute.columns[0].info.get(MARK)
            if mark is not None:
                yield mapper.class_, getattr(mapper.class_, attribute.key), mark


def names_in(model: type[Base]) -> list[str]:
    """Return the names of the columns of *model* that hold people's words."""
    return [column.key for owner, column, _ in held() if owner is model]


def with_effect(effect: OnRedaction) -> Iterator[tuple[Any, InstrumentedAttribute[Any]]]:
    """Yield (model, column) for each column on which a redaction has the effect *effect*."""
    return ((model, column) for model, column, mark in held() if mark.on_redaction is effect)


def quoting_columns() -> list[QuotingColumn]:
    """Return the columns whose texts can quote any session. Columns with `row_goes` come first."""
    found = [
        QuotingColumn(model=model, column=column, rule=mark.quoting)
        for model, column, mark in held()
        if mark.quoting is not None
    ]
    return sorted(found, key=lambda one: not one.rule.row_goes)


def empty_value(column: InstrumentedAttribute[Any]) -> Any:
    """Return the value for an emptied column: None if nullable, else "", {} or b""."""
    stored = column.property.columns[0]
    return None if stored.nullable else stored.type.python_type()
