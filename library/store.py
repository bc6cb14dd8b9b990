"""The library itself: its database, its files, and the one way to a transaction."""

import sqlite3
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from library import damage, home, page_size, schema
from library.damage import named_errors
from library.errors import InvalidInputError
from library.files import Files, storage_errors
from library.page_size import PAGE_SIZE
from library.reserve import Reserve
from library.settings import Settings

PATIENCE = 30_000  # milliseconds that a writer waits for another
LOG_SIZE = 4 * 1024 * 1024  # bytes of the write-ahead log that are brought into the database
LOG_PATIENCE = 2_000  # milliseconds that emptying the log waits for others; it is tried again

Transaction = Session  # others type `db: Transaction` and need not know SQLAlchemy


T = TypeVar("T")

NOTES = "notes"
HOME = "home"  # in a transaction's info: the folder of its library
KEEP_DAYS = "keep days"  # in a transaction's info: how many days backups are kept
READING = "reading"
REMEMBERED = "remembered"
MOST = 100  # answers that are remembered by one connection


def note(db: Transaction, write: Callable[[Transaction], None]) -> None:
    """Let *write* run once what is being done is done, also where *db* is only read from."""
    db.info.setdefault(NOTES, []).append(write)


def _write_notes(noted: Transaction, writing: Transaction) -> None:
    for write in noted.info.pop(NOTES, []):
        write(writing)


def unchanged(db: Transaction, question: Hashable, find: Callable[[], T]) -> T:
    """What *find* finds, remembered for as long as nobody writes anything into the library.

    SQLite tells a connection whether others have written (`PRAGMA data_version`, which holds
    for the view that is being read) and how many rows it changed itself. Only a view that is
    read from remembers: what is being written may yet be rolled back.
    """
    connection = db.connection()
    if not db.info.get(READING) or connection.dialect.name != "sqlite":
        return find()
    plain: Any = connection.connection.driver_connection
    state = (plain.total_changes, *plain.execute("PRAGMA data_version").fetchone())
    kept = connection.info.get(REMEMBERED)
    if kept is None or kept[0] != state or len(kept[1]) >= MOST:
        kept = connection.info[REMEMBERED] = (state, {})
    found: dict[Hashable, T] = kept[1]
    if question not in found:
        found[question] = find()
    return found[question]


class Library:
    """A library that is open: `with library.transaction() as db` reads and writes it."""

    def __init__(self, engine: Engine, files: Files, settings: Settings) -> None:
        self.files = files
        self.settings = settings
        self.reserve = Reserve(settings.home / "reserve")
        # Whoever keeps copies made of passages beside the library takes them out with this.
        self.forget_passages: Callable[[Sequence[int]], object] | None = None
        self._engine = engine
        self._schema = (
            schema.newest_schema()
        )  # now: an update changes the files of a running program
        # A deferred SQLite transaction that reads and then writes fails at once when another
        # process wrote in between, so an intention to write takes the lock when it begins.
        writing = engine.execution_options(sqlite_begin="IMMEDIATE")
        known = {HOME: settings.home, KEEP_DAYS: settings.backup_keep_days}
        self._writing = sessionmaker(writing, expire_on_commit=False, info=known)
        here = {HOME: settings.home}
        self._reading = sessionmaker(engine, expire_on_commit=False, autoflush=False, info=here)

    @contextmanager
    def transaction(self, *, on_full_disk: bool = False) -> Iterator[Transaction]:
        """One intention to write: committed at the end, rolled back on any error.

        Args:
            on_full_disk: whether it may use the room that is kept back; for removals, and for
                what must be written for them.
        """
        room = self.reserve.released() if on_full_disk else nullcontext()
        with room, named_errors(), self._writing.begin() as db:
            yield db
            _write_notes(db, db)

    def write_if_free(self, write: Callable[[Transaction], object]) -> bool:
        """Write something that may be left out, in a transaction of its own, without waiting.

        Returns:
            False where another transaction holds the write lock, or the disk is full; then
            nothing was written.
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
        """A steady view to read from: never waits for a writer, never kept.

        Only what `note` was given, such as that an administrator read something, is written
        once the reading is over.
        """
        with named_errors(), self._reading() as db:
            db.info[READING] = True
            yield db
        if db.info.get(NOTES):
            with self.transaction(on_full_disk=True) as writing:
                _write_notes(db, writing)

    def rewrite(self) -> None:
        """Write the database anew, so that nothing of what was deleted is left between its rows.

        Nobody else can write meanwhile; reading goes on. It takes the room of a second database.

        Raises:
            StorageFullError: there is no room for it.
            NotReadyError: others write all the time.
        """
        with named_errors(), closing(self._alone()) as db:
            db.execute("VACUUM")

    def empty_log(self) -> bool:
        """Bring the write-ahead log into the database and empty it; False while others read it."""
        with named_errors(), closing(self._alone()) as db:
            db.execute(f"PRAGMA busy_timeout={LOG_PATIENCE}")
            busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def seconds_unwritten(self) -> float:
        """Seconds since somebody last wrote to the database."""
        database = Path(self._engine.url.database or "")
        written = [
            path.stat().st_mtime
            for path in (database, database.with_name(f"{database.name}-wal"))
            if path.exists()
        ]
        return time.time() - max(written, default=0.0)

    def _alone(self) -> sqlite3.Connection:
        """Open a connection of its own, for what no transaction can do."""
        connection = sqlite3.connect(self._engine.url.database or "")
        _prepare_sqlite(connection, None)
        return connection

    def snapshot(self, into: Path, hold: Callable[[Transaction], object]) -> None:
        """Copy the database as it is at one moment, while others go on reading and writing.

        Args:
            into: the new file.
            hold: what is to be done at that moment, when nobody else can write.

        Raises:
            InvalidInputError: the database is no SQLite file.
            UnusableError: it cannot be read.
            StorageFullError: the disk has no room for the copy.
        """
        if self._engine.dialect.name != "sqlite":
            raise InvalidInputError("Only an SQLite database can be copied. Use its own tool.")
        with named_errors(), storage_errors(), closing(self._engine.raw_connection()) as borrowed:
            connection: Any = borrowed.driver_connection
            try:
                with self.transaction() as db:
                    db.connection()  # takes the write lock
                    connection.execute("BEGIN")
                    connection.execute("SELECT * FROM alembic_version").fetchone()  # the moment
                    hold(db)
                with closing(sqlite3.connect(into)) as copy:
                    connection.backup(copy)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def is_current(self) -> bool:
        """Whether the database still has the schema of this process, and was not updated since."""
        with named_errors():
            return schema.schema_of(self._engine) == self._schema

    def look_for_damage(self) -> None:
        """Look at the database for a short while.

        Raises:
            DamagedError: it is damaged.
        """
        if self._engine.dialect.name == "sqlite":
            damage.look_for_damage(Path(self._engine.url.database or ""))

    def size(self) -> int:
        """Bytes of the database; 0 where it is no file of ours."""
        database = self._engine.url.database
        here = self._engine.dialect.name == "sqlite" and database
        return Path(database).stat().st_size if here and database else 0

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def open_library(settings: Settings) -> Library:
    """The library in the settings' home, made or migrated to the present schema if need be.

    Safe to call from several processes at once: the migration holds the database's write lock.

    Raises:
        UnusableError: the folder or the database cannot be opened, or is damaged.
        NotReadyError: a newer version of the program made the database.
    """
    engine, files = _engine(settings.database), Files(settings.home / "files")
    try:
        home.prepare(settings.home)
        with named_errors():
            schema.bring_up(engine, files)
        engine.dispose()  # else this process itself would have the database open
        page_size.enlarge(engine)
    except OSError as error:
        if (ours := damage.named(error)) is not None:
            raise ours from error
        raise
    return Library(engine, files, settings)


def make_at(database: Path, version: str) -> None:
    """Make an empty database of an earlier schema version, to bring its rows forward."""
    engine = _engine(f"sqlite:///{database}")
    schema.migrate(engine, version)
    engine.dispose()


def _engine(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": 30} if url.startswith("sqlite") else {},
        max_overflow=-1,  # the threads are counted where they are made; none waits for another
        hide_parameters=True,  # an error in a log must not tell what somebody said
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Readers beside a writer, real foreign keys, no lost commit, and nothing left of deletions."""
    connection.isolation_level = None  # we begin transactions ourselves, below
    for pragma in (
        f"page_size={PAGE_SIZE}",  # of a database that is made now
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        f"busy_timeout={PATIENCE}",
        "secure_delete=ON",  # what is deleted is overwritten, not only unlinked
        f"wal_autocheckpoint={LOG_SIZE // PAGE_SIZE}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    """Begin at the first statement; pysqlite alone would begin at the first write."""
    kind = connection.get_execution_options().get("sqlite_begin", "")
    connection.exec_driver_sql(f"BEGIN {kind}")
