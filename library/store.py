"""Store of the library: its database with transactions, and its files."""

import sqlite3
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from library import home_folder, page_size, schema
from library import storage_errors as damage
from library.disk_reserve import Reserve
from library.errors import InvalidInputError
from library.files import Files, convert_disk_errors
from library.page_size import PAGE_SIZE
from library.settings import Settings
from library.storage_errors import named_errors

PATIENCE = 30_000  # milliseconds that a writer waits for another
LOG_SIZE = 4 * 1024 * 1024  # bytes of the write-ahead log at which a checkpoint runs
LOG_PATIENCE = 2_000  # milliseconds that a truncating checkpoint waits for readers

Transaction = Session  # other modules write `db: Transaction` without SQLAlchemy


T = TypeVar("T")

NOTES = "notes"
HOME = "home"  # in a transaction's info: the folder of its library
KEEP_DAYS = "keep days"  # in a transaction's info: how many days backups are kept
READING = "reading"
REMEMBERED = "remembered"
MOST = 100  # results that one connection caches


def note(db: Transaction, write: Callable[[Transaction], None]) -> None:
    """Schedule the function *write* for the end of the transaction *db*.

    If *db* is read-only, *write* runs in a write transaction after it.
    """
    db.info.setdefault(NOTES, []).append(write)


def _write_notes(noted: Transaction, writing: Transaction) -> None:
    for write in noted.info.pop(NOTES, []):
        write(writing)


def unchanged(db: Transaction, question: Hashable, find: Callable[[], T]) -> T:
    """Return the result of *find*, cached with the key *question* until the database changes.

    The cache is valid for one state of `PRAGMA data_version` (writes of other connections) and of
    the connection's own count of changed rows. Only read-only transactions use the cache, because a
    write can be rolled back.
    """
    connection = db.connection()
    if not db.info.get(READING) or connection.dialect.name != "sqlite":
        return find()
    plain: Any = connection.connection.driver_connection
    state = (plain.total_changes, *plain.execute("PRAGMA data_version").fetchone())
    cached = connection.info.get(REMEMBERED)
    if cached is None or cached[0] != state or len(cached[1]) >= MOST:
        cached = connection.info[REMEMBERED] = (state, {})
    found: dict[Hashable, T] = cached[1]
    if question not in found:
        found[question] = find()
    return found[question]


class Library:
    """Open library: `with library.transaction() as db` reads and writes it."""

    def __init__(self, engine: Engine, files: Files, settings: Settings) -> None:
        self.files = files
        self.settings = settings
        self.reserve = Reserve(settings.home / "reserve")
        # Callback that removes passages from copies outside the database, such as the index.
        self.forget_passages: Callable[[Sequence[int]], object] | None = None
        self._engine = engine
        self._schema = (
            schema.newest_schema()
        )  # read once: an update changes the files of a running program
        # A deferred SQLite transaction that reads and then writes fails at once if another
        # process wrote in between. So a write transaction takes the lock when it begins.
        writing = engine.execution_options(sqlite_begin="IMMEDIATE")
        known = {HOME: settings.home, KEEP_DAYS: settings.backup_keep_days}
        self._writing = sessionmaker(writing, expire_on_commit=False, info=known)
        here = {HOME: settings.home}
        self._reading = sessionmaker(engine, expire_on_commit=False, autoflush=False, info=here)

    @contextmanager
    def transaction(self, *, on_full_disk: bool = False) -> Iterator[Transaction]:
        """Open a write transaction: committed at the end, rolled back on any error.

        Args:
            on_full_disk: whether the transaction may use the reserved disk space, as removals do.
        """
        freed = self.reserve.released() if on_full_disk else nullcontext()
        with freed, named_errors(), self._writing.begin() as db:
            yield db
            _write_notes(db, db)

    def write_if_free(self, write: Callable[[Transaction], object]) -> bool:
        """Write optional data in a transaction of its own, without waiting for the write lock.

        Returns:
            False if another transaction holds the write lock or the disk is full. Nothing is
            written then.
        """
        engine = self._writing.kw["bind"]
        with engine.connect() as connection:
            plain: Any = connection.connection.driver_connection
            plain.execute("PRAGMA busy_timeout=0")
            try:
                with self._writing(bind=connection) as db, db.begin():
                    write(db)
            except OperationalError as error:
                if not any(word in str(error.orig) for word in ("locked", "full", "readonly")):
                    raise
                return False
            finally:
                plain.execute(f"PRAGMA busy_timeout={PATIENCE}")
        return True

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a read-only transaction on one snapshot. It does not wait for writers.

        Nothing is committed. Writes scheduled by `note`, such as audit events of reading, run in a
        write transaction afterwards.
        """
        with named_errors(), self._reading() as db:
            db.info[READING] = True
            yield db
        if db.info.get(NOTES):
            with self.transaction(on_full_disk=True) as writing:
                _write_notes(db, writing)

    def rewrite(self) -> None:
        """Rewrite the database with `VACUUM`, so that no deleted data remains in its pages.

        Other connections can read but not write meanwhile. The disk needs free space for a second
        copy of the database.

        Raises:
            StorageFullError: the free space is too small.
            NotReadyError: other processes write to the database all the time.
        """
        with named_errors(), closing(self._alone()) as db:
            db.execute("VACUUM")

    def empty_log(self) -> bool:
        """Run a truncating checkpoint of the write-ahead log. Return False if readers block it."""
        with named_errors(), closing(self._alone()) as db:
            db.execute(f"PRAGMA busy_timeout={LOG_PATIENCE}")
            busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def seconds_unwritten(self) -> float:
        """Return the seconds since the last write to the database."""
        database = Path(self._engine.url.database or "")
        written = [
            path.stat().st_mtime
            for path in (database, database.with_name(f"{database.name}-wal"))
            if path.exists()
        ]
        return time.time() - max(written, default=0.0)

    def _alone(self) -> sqlite3.Connection:
        """Open a separate connection, for statements that cannot run in a transaction."""
        connection = sqlite3.connect(self._engine.url.database or "")
        _prepare_sqlite(connection, None)
        return connection

    def snapshot(self, into: Path, hold: Callable[[Transaction], object]) -> None:
        """Copy one snapshot of the database to a new file. Others may read and write meanwhile.

        Args:
            into: the new file.
            hold: function that is called at the time of the snapshot, under the write lock.

        Raises:
            InvalidInputError: the database is not an SQLite file.
            UnusableError: the database cannot be read.
            StorageFullError: the disk has no free space for the copy.
        """
        if self._engine.dialect.name != "sqlite":
            raise InvalidInputError(
                "Only an SQLite database can be copied. Use the backup tool of your database."
            )
        with (
            named_errors(),
            convert_disk_errors(),
            closing(self._engine.raw_connection()) as borrowed,
        ):
            connection: Any = borrowed.driver_connection
            try:
                with self.transaction() as db:
                    db.connection()  # takes the write lock
                    connection.execute("BEGIN")
                    connection.execute("SELECT * FROM alembic_version").fetchone()  # snapshot
                    hold(db)
                with closing(sqlite3.connect(into)) as copy:
                    connection.backup(copy)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def is_current(self) -> bool:
        """Return whether the database still has the schema version of this process."""
        with named_errors():
            return schema.schema_of(self._engine) == self._schema

    def look_for_damage(self) -> None:
        """Check the pages of the database for at most two seconds.

        Raises:
            DamagedError: the database is damaged.
        """
        if self._engine.dialect.name == "sqlite":
            damage.look_for_damage(Path(self._engine.url.database or ""))

    def size(self) -> int:
        """Return the size of the database in bytes; 0 if it is not a file."""
        database = self._engine.url.database
        here = self._engine.dialect.name == "sqlite" and database
        return Path(database).stat().st_size if here and database else 0

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()


def open_library(settings: Settings) -> Library:
    """Open the library in the settings' home folder. Create or migrate it if needed.

    Several processes may call it at once: the migration holds the database's write lock.

    Raises:
        UnusableError: the folder or the database cannot be opened, or is damaged.
        NotReadyError: a newer version of the program made the database.
    """
    engine, files = _engine(settings.database), Files(settings.home / "files")
    try:
        home_folder.prepare(settings.home)
        with named_errors():
            schema.bring_up(engine, files)
        engine.dispose()  # otherwise this process itself has the database open
        page_size.enlarge(engine)
    except OSError as error:
        if (ours := damage.to_library_error(error)) is not None:
            raise ours from error
        raise
    return Library(engine, files, settings)


def make_at(database: Path, version: str) -> None:
    """Create an empty database with an earlier schema version, for rows of that version."""
    engine = _engine(f"sqlite:///{database}")
    schema.migrate(engine, version)
    engine.dispose()


def _engine(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": 30} if url.startswith("sqlite") else {},
        max_overflow=-1,  # no limit: the number of threads is limited elsewhere
        hide_parameters=True,  # an error in a log must not contain words of a session
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Set WAL mode, foreign keys, full synchronisation and overwriting of deleted data."""
    connection.isolation_level = None  # `_begin_sqlite` begins transactions
    for pragma in (
        f"page_size={PAGE_SIZE}",  # has an effect on a new database only
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        f"busy_timeout={PATIENCE}",
        "secure_delete=ON",  # deleted data is overwritten, not only unlinked
        f"wal_autocheckpoint={LOG_SIZE // PAGE_SIZE}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    """Begin a transaction at the first statement. By itself, pysqlite begins it at a write."""
    kind = connection.get_execution_options().get("sqlite_begin", "")
    connection.exec_driver_sql(f"BEGIN {kind}")
