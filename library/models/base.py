"""Base of all tables: times in UTC, named constraints, enumerations stored as text."""

import enum
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import Column, DateTime, Enum, MetaData, Table
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


def now() -> datetime:
    """Return the current time, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """Column type for a time in UTC. SQLite itself does not store the time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """Convert a time to UTC for the database."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """Return a time from the database with the time zone UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base class of all tables. It names constraints and maps annotations to column types."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        # Enumerations are stored as text: a new value then needs no migration.
        enum.StrEnum: Enum(
            enum.StrEnum,
            native_enum=False,
            length=20,
            create_constraint=False,
            values_callable=lambda members: [member.value for member in members],
        ),
    }


def referring(model: type[Base]) -> Iterator[tuple[Table, Column[Any]]]:
    """Yield each table with a foreign key to the table of *model*, and the column with the key."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table is model.__table__ for key in column.foreign_keys):
                yield table, column


def deleted_with(model: type[Base]) -> Iterator[tuple[Table, Column[Any]]]:
    """Yield each table and column with a foreign key to *model* that has ON DELETE CASCADE."""
    for table, column in referring(model):
        if any(key.ondelete == "CASCADE" for key in column.foreign_keys):
            yield table, column
