"""An export of this or an earlier version, brought into a library beside what it has.

The rows are put into a small database of the version that they come from, which the ordinary
migrations then bring to the present one.
"""

import base64
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from sqlalchemy import Table, func, insert, select

from library import audit
from library.consent import release
from library.errors import InvalidInputError
from library.holdings import nesting
from library.keeping import packed
from library.keeping.exporting import TAKEN
from library.keeping.packed import Manifest
from library.models import (
    Base,
    Collection,
    MentoringSession,
    Person,
    Release,
    Role,
    Source,
    Stage,
    State,
)
from library.settings import Settings
from library.store import Library, Transaction, make_at, open_library, schemas
from library.vocabulary import relations

LISTED = ("segment", "chapter", "redaction")  # nothing refers to their numbers
AT_ONCE = 500  # rows in one statement

Row = dict[str, Any]


@dataclass
class Imported:
    """What came in."""

    sessions: int = 0
    known: int = 0  # sessions that were here already
    source_ids: list[int] = field(default_factory=list)  # that wait for the worker
    damage: list[str] = field(default_factory=list)  # names of entries


def bring_in(library: Library, path: Path) -> Imported:
    """Bring the sessions of an export into a library; those that are here already stay as is.

    Raises:
        InvalidInputError: the file is no export, its rows are damaged, or it was made by a newer
            version of the program.
        StorageFullError: the disk has no room for it.
    """
    with packed.open_archive(path) as archive, TemporaryDirectory(dir=library.settings.home) as at:
        manifest = packed.read_manifest(archive, packed.EXPORT)
        if manifest.schema not in schemas():
            raise InvalidInputError(
                "This export was made by a newer version of the program. Update this one first."
            )
        old = _brought_forward(archive, manifest, Path(at))
        try:
            with old.reading() as theirs:
                imported = _merge(library, theirs, lambda: _files(library, archive, manifest))
        finally:
            old.close()
    return imported


def _brought_forward(archive: ZipFile, manifest: Manifest, home: Path) -> Library:
    """A library in the present schema that holds the rows of an export."""
    database = home / "library.db"
    make_at(database, manifest.schema)
    with closing(sqlite3.connect(database)) as raw:
        for name in TAKEN:
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
    """The rows of a table; none where that version had no such table.

    Raises:
        InvalidInputError: they are damaged.
    """
    entry = manifest.entries.get(f"tables/{name}.jsonl")
    if entry is None:
        return
    path = at / f"{name}.jsonl"
    if not packed.take(archive, entry, path, lambda _: None):
        raise InvalidInputError(f"The list {entry.name} in this export is damaged. Export anew.")
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row: Row = json.loads(line)
            yield {
                key: base64.b64decode(value["base64"]) if isinstance(value, dict) else value
                for key, value in row.items()
            }


def _merge(library: Library, theirs: Transaction, files: Callable[[], list[str]]) -> Imported:
    """Put the rows of another library into this one, with numbers of their own."""
    imported = Imported(damage=files())
    with library.transaction() as db:
        numbers: dict[str, dict[int, int | None]] = {name: {} for name in TAKEN}
        skipped = _known_sessions(db, theirs)
        numbers["mentoring_session"].update(dict.fromkeys(skipped))
        imported.known = len(skipped)
        for name in TAKEN:
            table = Base.metadata.tables[name]
            rows = [dict(row._mapping) for row in theirs.execute(table.select())]  # noqa: SLF001
            _insert(db, table, rows, numbers)
            if name == "collection":
                _nest(db, rows, numbers["collection"])
        _settle(db, [i for i in numbers["mentoring_session"].values() if i is not None])
        ids = [i for old, i in numbers["source"].items() if i is not None]
        imported.source_ids = _hand_to_worker(db, ids)
        imported.sessions = sum(i is not None for i in numbers["mentoring_session"].values())
        detail = {"sessions": imported.sessions, "known": imported.known}
        audit.record(db, None, "library.import", ("library", None), detail=detail)
    return imported


def _nest(db: Transaction, rows: Sequence[Row], numbers: dict[int, int | None]) -> None:
    """Put collections into those that they were in, where they are in none here."""
    for row in rows:
        here, above = numbers.get(row["id"]), numbers.get(row["parent_id"] or 0)
        collection = db.get(Collection, here or 0)
        if collection is None or above is None or collection.parent_id is not None:
            continue
        if here not in {
            above,
            *(one.id for one in nesting.path(db, db.get_one(Collection, above))),
        }:
            collection.parent_id = above
            db.flush()


def _insert(
    db: Transaction, table: Table, rows: Sequence[Row], numbers: dict[str, dict[int, int | None]]
) -> None:
    """Insert rows; what they refer to has its new numbers already."""
    listed: list[Row] = []
    for row in rows:
        old = row.get("id")
        if old in numbers[table.name]:
            continue
        values = _brought(db, table, row, numbers)
        if values is None:
            if old is not None:
                numbers[table.name][old] = None
            continue
        values.pop("id", None)
        if table.name in LISTED:
            listed.append(values)
        elif old is None:
            if not _is_here(db, table, values):
                db.execute(insert(table).values(values))
        else:
            numbers[table.name][old] = _number_of(db, table, values)
    for first in range(0, len(listed), AT_ONCE):
        db.execute(insert(table), listed[first : first + AT_ONCE])


def _brought(
    db: Transaction, table: Table, row: Row, numbers: dict[str, dict[int, int | None]]
) -> Row | None:
    """A row as it can stand here; None where it stays behind."""
    if row.get("deleted_at") is not None or row.get("merged_into_id") is not None:
        return None
    values = _referring(table, row, numbers)
    if values is not None and table.name in {"topic_broader", "topic_related"}:
        return _between_topics(db, table, values)
    return values


def _number_of(db: Transaction, table: Table, values: Row) -> int:
    """The number of a row here: of the same person or collection, or of a new row."""
    if table.name == "person":
        email = values["email"]
        same = Person.email == email if email else _voice_of(values["name"])
        found = db.scalar(select(Person.id).where(same).order_by(Person.id).limit(1))
        if found is not None:
            return found
    if table.name == "collection":
        query = select(table.c.id).where(table.c.title == values["title"])
        if (found := db.scalar(query.order_by(table.c.id).limit(1))) is not None:
            return int(found)
    if table.name == "topic":
        same = (table.c.folded == values["folded"]) | (table.c.uri == values["uri"])
        if (found := db.scalar(select(table.c.id).where(same).limit(1))) is not None:
            return int(found)
    if values.get("role") is Role.ADMIN:  # of their library, not of this one
        values["role"] = Role.MENTOR
    return int(db.scalars(insert(table).returning(table.c.id), [values]).one())


def _voice_of(name: str) -> Any:
    return (func.lower(Person.name) == name.lower()) & Person.email.is_(None)


def _referring(table: Table, row: Row, numbers: dict[str, dict[int, int | None]]) -> Row | None:
    """A row with the numbers of here; None where what it belongs to is not brought in."""
    values = dict(row)
    for column in table.columns:
        for key in column.foreign_keys:
            old = values[column.name]
            new = numbers[key.column.table.name].get(old) if old is not None else None
            if new is None and not column.nullable:
                return None
            values[column.name] = new
    return values


def _between_topics(db: Transaction, table: Table, values: Row) -> Row | None:
    """A relation of topics as it can stand here; None where it would make no sense."""
    if table.name == "topic_related":
        one, other = sorted(values.values())
        return {"one_id": one, "other_id": other} if one != other else None
    narrower, broader = values["narrower_id"], values["broader_id"]
    return None if narrower in relations.above(db, broader) else values


def _is_here(db: Transaction, table: Table, values: Row) -> bool:
    same = [column == values[column.name] for column in table.primary_key]
    return db.execute(select(*table.primary_key).where(*same)).first() is not None


def _known_sessions(db: Transaction, theirs: Transaction) -> set[int]:
    """Their sessions that are here: of the same title, with the bytes of one of their sources."""
    query = select(MentoringSession.id, MentoringSession.title, Source.sha256).join(
        Source, Source.session_id == MentoringSession.id
    )
    ours = {(title, sha256) for _, title, sha256 in db.execute(query)}
    return {i for i, title, sha256 in theirs.execute(query) if (title, sha256) in ours}


def _settle(db: Transaction, ids: Sequence[int]) -> None:
    """Let release follow from the answers, and review from what this library wants.

    Nobody has found these sessions here, so that nothing counts as accepted.
    """
    for session_id in ids:
        session = db.get_one(MentoringSession, session_id)
        session.release = Release.KEPT
        release.settle(db, session)


def _hand_to_worker(db: Transaction, ids: Sequence[int]) -> list[int]:
    """Let the worker make passages and vectors anew; gives the sources that wait."""
    waiting = []
    for source_id in ids:
        source = db.get(Source, source_id)
        if source is None:
            continue
        source.worker = source.heartbeat_at = source.started_at = None
        source.stage = Stage.TRANSCRIBED if source.versions else Stage.RECEIVED
        if source.state in {State.READY, State.WORKING, State.WAITING}:
            source.state, source.progress, source.attempts = State.WAITING, 0.0, 0
            waiting.append(source_id)
    return waiting


def _files(library: Library, archive: ZipFile, manifest: Manifest) -> list[str]:
    """Keep the files of an export; gives the names of those that are damaged."""
    damage = []
    for entry in manifest.entries.values():
        if (kept := packed.KEPT.fullmatch(entry.name)) is None or library.files.has(kept.group(2)):
            continue
        with library.files.temporary() as path:
            if packed.take(archive, entry, path, lambda _: None):
                library.files.adopt(path)
            else:
                damage.append(entry.name)
    return damage
