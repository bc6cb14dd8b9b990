"""Import of an export into a library, which may already have sessions.

An export may be of an earlier version. So its rows are first put into a temporary database with
the schema of that version. The usual migrations then bring this database to the present schema.
"""

import base64
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile

from sqlalchemy import select

from library import audit, working_folders
from library.consent import release
from library.errors import InvalidInputError
from library.models import Base, MentoringSession, Release, Source, Stage, State
from library.preservation import archive as packed
from library.preservation.archive import Manifest
from library.preservation.export_library import EXPORTED_TABLES
from library.preservation.import_rows import (
    SESSION,
    NumberMap,
    Row,
    plain_rows,
    rows_of_sessions,
    tables_of_sessions,
)
from library.schema import schemas
from library.settings import Settings
from library.store import Library, Transaction, make_at, open_library

SESSIONS_AT_ONCE = 10  # in one transaction
ROWS_AT_ONCE = 200  # of people, collections or topics in one transaction

Progress = Callable[[int, int], object]


def _ignore_progress(_done: int, _all: int) -> None:
    """Do nothing: the caller does not need the progress."""


@dataclass
class Imported:
    """Result of an import."""

    sessions: int = 0
    known: int = 0  # sessions that the library already had
    source_ids: list[int] = field(default_factory=list)  # that wait for the worker
    damage: list[str] = field(default_factory=list)  # names of damaged entries


def bring_in(library: Library, path: Path, progress: Progress = _ignore_progress) -> Imported:
    """Import the sessions of an export. Sessions that the library already has are not changed.

    Collections are matched by their identity, never by title. Members are imported only with new
    collections, and consent only for new people. If the library has no sessions, all members and
    all consent are imported.

    Args:
        library: the library to import into.
        path: the file of the export.
        progress: called with the sessions done and the sessions in total.

    Raises:
        InvalidInputError: the file is not an export, its rows are damaged, or a newer version of
            the program made it.
        StorageFullError: the disk is full.
    """
    home = library.settings.home
    with (
        packed.open_archive(path) as archive,
        working_folders.folder(home, working_folders.IMPORT) as at,
    ):
        manifest = packed.read_manifest(archive, packed.EXPORT)
        if manifest.schema not in schemas():
            raise InvalidInputError(
                "This export was made by a newer version of the program. Update this program first."
            )
        old = _brought_forward(archive, manifest, at)
        try:
            with old.reading() as theirs:
                imported = Imported(damage=_files(library, archive, manifest))
                _merge(library, theirs, imported, progress)
        finally:
            old.close()
    return imported


def _brought_forward(archive: ZipFile, manifest: Manifest, home: Path) -> Library:
    """Return a temporary library in the present schema with the rows of an export."""
    database = home / "library.db"
    make_at(database, manifest.schema)
    with closing(sqlite3.connect(database)) as raw:
        for name in EXPORTED_TABLES:
            rows = list(_rows(archive, manifest, name, home))
            known = {row[1] for row in raw.execute(f"PRAGMA table_info({name})")}
            for row in rows:
                taken = {key: value for key, value in row.items() if key in known}
                listed, marks = ", ".join(f'"{k}"' for k in taken), ", ".join("?" * len(taken))
                raw.execute(
                    f"INSERT OR REPLACE INTO {name} ({listed}) VALUES ({marks})",  # noqa: S608
                    list(taken.values()),
                )
        raw.commit()
    return open_library(Settings(home=home))


def _rows(archive: ZipFile, manifest: Manifest, name: str, at: Path) -> Iterator[Row]:
    """Yield the rows of a table, or none if the version of the export had no such table.

    Raises:
        InvalidInputError: the rows are damaged.
    """
    entry = manifest.entries.get(f"tables/{name}.jsonl")
    if entry is None:
        return
    path = at / f"{name}.jsonl"
    if not packed.take(archive, entry, path, lambda _: None):
        raise InvalidInputError(
            "The table %(name)s in this export is damaged. Make the export again.",
            name=entry.name,
        )
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row: Row = json.loads(line)
            yield {
                key: base64.b64decode(value["base64"]) if isinstance(value, dict) else value
                for key, value in row.items()
            }


def _merge(library: Library, theirs: Transaction, imported: Imported, progress: Progress) -> None:
    """Insert the rows of another library in short transactions.

    People, collections and topics come first, then a few complete sessions at a time. If a
    transaction fails, all earlier sessions are complete, and a repeated import continues.
    """
    session_ids = list(theirs.scalars(select(MentoringSession.id).order_by(MentoringSession.id)))
    with library.reading() as db:
        known = _known_sessions(db, theirs)
        real = select(MentoringSession.id).where(MentoringSession.sample.is_(False)).limit(1)
        numbers = NumberMap(moves=db.scalar(real) is None)
    numbers.numbers[SESSION].update(dict.fromkeys(known))
    imported.known = len(known)
    _merge_shared(library, theirs, numbers)
    new = [session_id for session_id in session_ids if session_id not in known]
    for first in range(0, len(new), SESSIONS_AT_ONCE):
        portion = new[first : first + SESSIONS_AT_ONCE]
        with library.transaction() as db:
            for name, rows in rows_of_sessions(theirs, portion):
                numbers.bring(db, name, rows)
            new_ids = [i for old in portion if (i := numbers.of(SESSION, old)) is not None]
            _settle(db, new_ids)
            imported.source_ids += _hand_to_worker(db, new_ids)
        imported.sessions += len(new_ids)
        progress(first + len(portion), len(new))
    with library.transaction() as db:
        numbers.bring(db, "replacement", plain_rows(theirs, Base.metadata.tables["replacement"]))
        detail = {"sessions": imported.sessions, "known": imported.known}
        audit.record(db, None, "library.import", ("library", None), detail=detail)


def _merge_shared(library: Library, theirs: Transaction, numbers: NumberMap) -> None:
    """Insert rows that sessions refer to: people, collections with their members, and topics."""
    of_sessions = set(tables_of_sessions())
    for name in (table for table in EXPORTED_TABLES if table not in of_sessions):
        rows = plain_rows(theirs, Base.metadata.tables[name])
        for first in range(0, len(rows), ROWS_AT_ONCE):
            with library.transaction() as db:
                numbers.bring(db, name, rows[first : first + ROWS_AT_ONCE])
        if name == "collection":
            with library.transaction() as db:
                numbers.nest(db, rows)


def _known_sessions(db: Transaction, theirs: Transaction) -> set[int]:
    """Return the ids, in the other library, of sessions that this library already has.

    Two sessions are equal if they have the same title and a source with the same SHA-256.
    """
    query = select(MentoringSession.id, MentoringSession.title, Source.sha256).join(
        Source, Source.session_id == MentoringSession.id
    )
    ours = {(title, sha256) for _, title, sha256 in db.execute(query)}
    return {i for i, title, sha256 in theirs.execute(query) if (title, sha256) in ours}


def _settle(db: Transaction, ids: Sequence[int]) -> None:
    """Compute the release of imported sessions from the answers and this library's review settings.

    The release state in the other library has no effect.
    """
    for session_id in ids:
        session = db.get_one(MentoringSession, session_id)
        session.release = Release.KEPT
        release.refresh(db, session)


def _hand_to_worker(db: Transaction, session_ids: Sequence[int]) -> list[int]:
    """Queue the sources of imported sessions for the worker. Return the ids of queued sources."""
    waiting = []
    query = select(Source).where(Source.session_id.in_(session_ids)).order_by(Source.id)
    for source in db.scalars(query):
        source.worker = source.heartbeat_at = source.started_at = None
        source.stage = Stage.TRANSCRIBED if source.versions else Stage.RECEIVED
        if source.state in {State.READY, State.WORKING, State.WAITING}:
            source.state, source.progress = State.WAITING, 0.0
            source.attempts, source.crashes = 0, 0
            waiting.append(source.id)
    return waiting


def _files(library: Library, archive: ZipFile, manifest: Manifest) -> list[str]:
    """Store the files of an export. Return the entry names of damaged files."""
    damage = []
    for entry in manifest.entries.values():
        if (stored := packed.KEPT.fullmatch(entry.name)) is None or library.files.has(
            stored.group(2)
        ):
            continue
        with library.files.temporary() as path:
            if packed.take(archive, entry, path, lambda _: None):
                library.files.adopt(path)
            else:
                damage.append(entry.name)
    return damage
