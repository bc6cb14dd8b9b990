"""Tests of the database models: they match the tables that the migrations make.

Covers: accounts, collections, consent, curation, discovery, enums, integrations, passages,
removal, sessions, speakers, vocabulary, base.
"""

import enum
import inspect
import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Enum
from sqlalchemy import inspect as inspect_database

from library import models
from library.models import Base, enums
from library.settings import Settings
from library.store import open_library


def test_each_table_is_exported():
    """`library.models` exports the class of each table, so that the other tests see the table."""
    folder = Path(models.__file__).parent
    text = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    tables = re.findall(r"^class (\w+)\((?:\w+, )*Base\)", text, re.MULTILINE)

    missing = [name for name in tables if not hasattr(models, name)]

    assert len(tables) > 40
    assert missing == [], f"Export {', '.join(missing)} in library/models/__init__.py."


def test_the_migrations_make_exactly_the_models_schema(tmp_path):
    """The migrations make exactly the schema that the models describe."""
    new = open_library(Settings(home=tmp_path))

    with new.reading() as db:
        context = MigrationContext.configure(db.connection(), opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    new.close()

    assert differences == [], "Write a migration in library/migrations/versions/ for these changes."


def test_each_table_has_the_columns_of_its_model(library):
    """Column names, nullability and primary keys are equal in database and models."""
    with library.reading() as db:
        found = inspect_database(db.connection())
        for name, table in Base.metadata.tables.items():
            columns = {c["name"]: c["nullable"] for c in found.get_columns(name)}
            assert columns == {c.name: c.nullable for c in table.columns}, name
            keys = found.get_pk_constraint(name)["constrained_columns"]
            assert keys == [c.name for c in table.primary_key], name


def test_each_value_of_an_enumeration_fits_its_column():
    """A value of an enumeration is stored as its text, and every text fits its column."""
    stored = [
        (column.type, column.type.enum_class)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Enum)
    ]

    assert stored
    for kind, members in stored:
        assert kind.enums == [member.value for member in members]
        assert max(map(len, kind.enums)) <= kind.length


def test_no_enumeration_has_two_names_for_one_value():
    """No two names of an enumeration have the same value."""
    for _, kind in inspect.getmembers(enums, inspect.isclass):
        if issubclass(kind, enum.StrEnum):
            assert len(kind.__members__) == len({member.value for member in kind})
