"""Export of sessions, people and files as JSON lines, for another library.

Unlike a backup, an export contains no secrets and no activity of people. It can be imported into a
library that has sessions already, also by a later version of the program. The manifest names the
schema version of the rows, which docs/formats.md describes.
"""

import base64
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from sqlalchemy import Table, select

from library import audit, working_folders
from library.errors import InvalidInputError
from library.files import convert_disk_errors, sync
from library.models import Base, now
from library.preservation import archive as packed
from library.preservation.archive import Manifest
from library.preservation.backup import ArchiveResult
from library.preservation.referenced_files import HeldFiles, columns, hold_files
from library.schema import schemas
from library.store import Library, Transaction

EXPORTED_TABLES = (
    "person",
    "collection",
    "mentoring_session",
    "participant",
    "speaker_release",
    "source",
    "speaker_identity",
    "transcript_version",
    "segment",
    "chapter",
    "redaction",
    "cut_proposal",
    "replacement",
    "collection_entry",
    "collection_member",
    "collection_pick",
    "topic",
    "topic_label",
    "topic_broader",
    "topic_related",
    "session_topic",
)
"""Exported tables, each after the tables that it refers to."""

EXCLUDED_TABLES = {
    "topic_passage", "topic_progress", "upload", "clip",
    "heard_block", "release_due", "passage", "passage_removal", "embedding", "erasure", "removal",
    "recorded_removal",
    # data of this library and its administrators
    "review", "review_event", "bulk_edit", "bulk_change", "person_merge", "distinct_people",
    "pinned_answer", "pinned_question", "pinned_passage",
    "service_setting", "audit_event", "audit_words", "harvest_record", "harvest_set",
    "ledger_entry", "ledger_text", "receipt", "sealed_original", "question_script",
    "topic_merge",
    # consent that was given for this library only
    "voice_consent", "voice_print", "voice_proposal",
    # secrets and activity of people
    "webhook", "delivery", "passkey", "sign_in",
    "api_token", "second_factor", "one_time_link", "release_link", "join_request",
    "answered_request", "asked_question", "saved_search", "told_moment",
    "passage_mark", "unsubscribe_link", "transcript_draft",
    "missed_question", "uncounted_person", "told_waiting", "data_download",
}  # fmt: skip
"""Tables that are not exported: they can be derived, or belong to this library only."""

SECRET = re.compile(r"password|login_key|secret|token|totp|recovery")


def export(library: Library, out: Path) -> ArchiveResult:
    """Write the sessions of a library with people, words, files and collections to a new file.

    Raises:
        InvalidInputError: the file exists.
        StorageFullError: the disk is full.
    """
    if out.exists():
        raise InvalidInputError(
            "%(path)s already exists. Name a new file for the export.", path=out
        )
    place = out.resolve().parent
    with (
        convert_disk_errors(),
        hold_files(library.files) as held,
        working_folders.folder(place, working_folders.EXPORT) as beside,
    ):
        with library.reading() as db:
            files = [*_tables(db, beside), *_files(db, held)]
        existing = [(name, path) for name, path in files if path.is_file()]
        missing = [name for name, path in files if not path.is_file()]
        unfinished = beside / out.name
        write(unfinished, existing, schemas()[0])
        unfinished.replace(out)
        sync(place)
    with library.transaction() as db:
        detail = {"entries": len(existing), "missing": len(missing)}
        audit.record(db, None, "library.export", ("library", None), detail=detail)
    return ArchiveResult(len(existing), out.stat().st_size, missing)


def write(out: Path, files: list[tuple[str, Path]], schema: str) -> None:
    """Write the ZIP file of an export. Each of *files* has the name of an entry and a path.

    *schema* is the schema version of the exported rows.
    """
    handle = os.open(out, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "r+b") as file:
        with ZipFile(file, "w") as archive:
            made = {name: packed.put(archive, name, path, lambda _: None) for name, path in files}
            made_at = now().isoformat(timespec="seconds")
            packed.put_manifest(archive, Manifest(made_at, schema, made, packed.EXPORT))
        file.flush()
        os.fsync(file.fileno())


def as_line(row: dict[str, Any]) -> str:
    """Return a row as one line of JSON. Bytes are encoded in base64."""
    plain = {
        name: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in row.items()
    }
    return json.dumps(plain, ensure_ascii=False) + "\n"


def _tables(db: Transaction, folder: Path) -> Iterator[tuple[str, Path]]:
    """Write each table as a file of JSON lines. Yield the entry name and the path of each."""
    for name in EXPORTED_TABLES:
        table: Table = Base.metadata.tables[name]
        taken = [column.name for column in table.columns if not SECRET.search(column.name)]
        listed = ", ".join(f'"{column}"' for column in taken)
        keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
        path = folder / f"{name}.jsonl"
        rows = db.connection().exec_driver_sql(f"SELECT {listed} FROM {name} ORDER BY {keys}")  # noqa: S608
        with path.open("w", encoding="utf-8") as out:
            out.writelines(as_line(dict(zip(taken, row, strict=True))) for row in rows)
        yield f"tables/{name}.jsonl", path


def _files(db: Transaction, held: HeldFiles) -> Iterator[tuple[str, Path]]:
    """Yield the entry name and path of each file that exported rows name."""
    named: set[str] = set()
    for column in columns():
        if column.table.name in EXPORTED_TABLES:
            named.update(value for value in db.scalars(select(column)) if value)
    for sha256 in sorted(named):
        yield f"files/kept/{sha256[:2]}/{sha256}", held.kept(sha256)
