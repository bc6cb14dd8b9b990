"""The schema of the database: which version it has, and how it comes to the present one."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from library import damage
from library.errors import NotReadyError
from library.files import Files

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up(engine: Engine, files: Files) -> None:
    """Make or migrate a database, unless that would make things worse.

    Raises:
        DamagedError: it is missing beside the files of a library, or no database of one.
        NotReadyError: a newer version of the program made it.
    """
    database = Path(engine.url.database or "")
    known = engine.dialect.name != "sqlite" or (database.exists() and database.stat().st_size)
    found = schema_of(engine) if known else ""  # opening it would make an empty one
    if not found and (count := sum(1 for _ in (*files.all_kept(), *files.all_sealed()))):
        raise damage.missing(database, count)
    if found == newest_schema():
        return
    if found and found not in schemas():
        raise NotReadyError(
            f"This library was opened by a newer version of the program (its schema is {found}). "
            "Nothing was changed. Update the program, or restore a backup from before the update."
        )
    migrate(engine)


def _migrations() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def newest_schema() -> str:
    """The name of the newest schema version: each is in a file whose name begins with its own."""
    return max(file.name for file in (MIGRATIONS / "versions").glob("*.py")).partition("_")[0]


def schema_of(engine: Engine) -> str:
    """The schema version of a database, asked without Alembic, which takes its time; "": empty.

    Raises:
        DamagedError: there are tables, but it is not known of which version.
    """
    with engine.connect() as connection:
        try:
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        except DBAPIError as error:
            if not inspect(connection).get_table_names():
                return ""
            if damage.named(error) is not None:
                raise
            found = None
    if not found:
        raise damage.damaged("its schema version is missing")
    return str(found)


def schemas() -> Sequence[str]:
    """The names of all schema versions that this program knows, the newest first."""
    from alembic.script import ScriptDirectory

    return [found.revision for found in ScriptDirectory.from_config(_migrations()).walk_revisions()]


def migrate(engine: Engine, schema: str = "head") -> None:
    """Bring the schema to a version, by default the newest."""
    from alembic import command

    config = _migrations()
    with engine.execution_options(sqlite_begin="IMMEDIATE").connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, schema)
        connection.commit()
