"""Schema version of the database, and its migration to the present version."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from library import storage_errors
from library.errors import NotReadyError
from library.files import Files
from library.translation import gettext

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up(engine: Engine, files: Files) -> None:
    """Create the database, or migrate it to the present schema version.

    Raises:
        DamagedError: the database is missing while files exist, or has no schema version.
        NotReadyError: a newer version of the program made the database.
    """
    database = Path(engine.url.database or "")
    known = engine.dialect.name != "sqlite" or (database.exists() and database.stat().st_size)
    found = schema_of(engine) if known else ""  # opening a missing file would create it
    if not found and (count := sum(1 for _ in (*files.all_kept(), *files.all_sealed()))):
        raise storage_errors.missing(database, count)
    if found == newest_schema():
        return
    if found and found not in schemas():
        raise NotReadyError(
            "This library was opened by a newer version of the program (its schema is "
            "%(found)s). Nothing was changed. Update the program, or restore a backup from "
            "before the update.",
            found=found,
        )
    migrate(engine)


def _migrations() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def newest_schema() -> str:
    """Return the newest schema version, from the file names of the migrations."""
    return max(file.name for file in (MIGRATIONS / "versions").glob("*.py")).partition("_")[0]


def schema_of(engine: Engine) -> str:
    """Return the schema version of a database, or "" if it is empty.

    The query is plain SQL, because Alembic is too slow here.

    Raises:
        DamagedError: there are tables, but no schema version.
    """
    with engine.connect() as connection:
        try:
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        except DBAPIError as error:
            if not inspect(connection).get_table_names():
                return ""
            if storage_errors.to_library_error(error) is not None:
                raise
            found = None
    if not found:
        raise storage_errors.damaged(gettext("its schema version is missing"))
    return str(found)


def schemas() -> Sequence[str]:
    """Return all schema versions that this program knows, newest first."""
    from alembic.script import ScriptDirectory

    return [found.revision for found in ScriptDirectory.from_config(_migrations()).walk_revisions()]


def migrate(engine: Engine, schema: str = "head") -> None:
    """Migrate the database to a schema version, by default to the newest."""
    from alembic import command

    config = _migrations()
    with engine.execution_options(sqlite_begin="IMMEDIATE").connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, schema)
        connection.commit()
