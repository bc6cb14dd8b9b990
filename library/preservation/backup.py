"""Backup of the whole library to one file, while people use the library."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from library import audit, working_folders
from library import storage_errors as damage
from library.errors import InvalidInputError
from library.files import convert_disk_errors, sync
from library.keys import receipt_key
from library.models import now
from library.preservation import archive as packed
from library.preservation import backup_folders
from library.preservation.archive import Entry, Manifest, Progress
from library.preservation.referenced_files import (
    HeldFiles,
    ReferencedFiles,
    hold_files,
    named_files,
)
from library.schema import schemas
from library.sessions import removal_record
from library.speakers import recognition_consent
from library.store import Library, Transaction

MADE = "library.backup"


@dataclass(frozen=True)
class ArchiveResult:
    """Result of a backup or an export."""

    entries: int
    size: int  # bytes of the file
    missing: list[str]  # files that rows name and that do not exist


def back_up(
    library: Library, out: Path, *, keys: bool = True, progress: Progress | None = None
) -> ArchiveResult:
    """Write a backup of all data that cannot be derived again to a new file.

    The database is copied as one snapshot. Files that the database names get hard links at the same
    time, so that removals in the meantime do not affect the backup. The backup gets its file name
    only when it is complete and synced to the disk.

    Args:
        library: the library.
        out: the new file.
        keys: whether the keys for cookies, sealed originals and receipts are included.
        progress: called with the bytes done and the bytes in total.

    Raises:
        InvalidInputError: the file exists, or its folder does not exist.
        StorageFullError: the disk is full.
        DamagedError: the database is damaged. No backup is made then.
    """
    if out.exists():
        raise InvalidInputError(
            "%(path)s already exists. Name a new file for the backup.", path=out
        )
    if not out.resolve().parent.is_dir():
        raise InvalidInputError(
            "The folder %(folder)s for the backup does not exist. "
            "Create it first, or name another folder.",
            folder=out.resolve().parent,
        )
    place = out.resolve().parent
    with (
        convert_disk_errors(),
        hold_files(library.files) as held,
        working_folders.folder(place, working_folders.BACKUP) as beside,
    ):
        database, unfinished = beside / packed.DATABASE, beside / out.name
        named = _freeze(library, database, held)
        identity, record = _removals(library, beside)
        files = [
            (packed.DATABASE, database),
            (packed.REMOVALS, record),
            *_files(library, named, held, keys=keys),
        ]
        existing = [(name, path) for name, path in files if path.is_file()]
        entries = _write(unfinished, existing, identity, progress)
        missing = [name for name, path in files if not path.is_file()]
        unfinished.replace(out)
        sync(place)
    made = ArchiveResult(entries, out.stat().st_size, missing)
    backup_folders.put_record(library, place)
    backup_folders.remember(library, place)
    _note(library, made)
    return made


def _removals(library: Library, folder: Path) -> tuple[str, Path]:
    """Write the removal record to a file. Return the identity of the library, and the file."""
    path = folder / packed.REMOVALS
    receipt_key(library.settings.home)  # creates the key that finds later removals in this backup
    with library.reading() as db:
        removal_record.put(path, removal_record.text_of(db))
        return removal_record.identity(db), path


def _freeze(library: Library, database: Path, held: HeldFiles) -> ReferencedFiles:
    """Copy the database, create hard links to the files that it names, and return these files."""
    found: list[ReferencedFiles] = []

    def hold(db: Transaction) -> None:
        found.append(named_files(db))
        held.hold(found[0])

    library.snapshot(database, hold)
    damage.look_for_damage(database, float("inf"))
    _delete_voice_prints(database)
    return found[0]


def _delete_voice_prints(database: Path) -> None:
    """Delete all voice prints from the copied database.

    A restore must not bring back voice prints that were deleted after the backup. After a restore,
    voice prints are computed again from the sound, for people who then agree to voice prints again.
    """
    with closing(sqlite3.connect(database)) as copy:
        copy.execute("PRAGMA secure_delete=ON")
        deleted = [
            copy.execute(f"DELETE FROM {table.__tablename__}").rowcount  # noqa: S608 - our names
            for table in recognition_consent.TABLES
        ]
        copy.commit()
        removed = copy.execute("SELECT 1 FROM erasure LIMIT 1").fetchone()
        if any(deleted) or removed:  # deleted data may remain in free space of pages
            copy.execute("VACUUM")


def _files(
    library: Library, named: ReferencedFiles, held: HeldFiles, *, keys: bool
) -> Iterator[tuple[str, Path]]:
    """Yield the entry name and the path of each file of a backup, without the database."""
    for sha256 in sorted(named.kept):
        yield f"files/kept/{sha256[:2]}/{sha256}", held.kept(sha256)
    for name in sorted(named.sealed):
        yield f"files/sealed/{name}", held.sealed(name)
    if keys:
        home = library.settings.home
        yield from ((key, home / key) for key in packed.KEYS if (home / key).is_file())


def _write(
    out: Path, files: list[tuple[str, Path]], library: str, progress: Progress | None
) -> int:
    total = sum(path.stat().st_size for _, path in files)
    done = 0

    def report(size: int) -> None:
        nonlocal done
        done += size
        if progress is not None:
            progress(done, total)

    handle = os.open(out, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "r+b") as file:
        with ZipFile(file, "w") as archive:
            entries: dict[str, Entry] = {
                name: packed.put(archive, name, path, report) for name, path in files
            }
            made_at = now().isoformat(timespec="seconds")
            manifest = Manifest(made_at, schemas()[0], entries, library=library)
            packed.put_manifest(archive, manifest)
        file.flush()
        os.fsync(file.fileno())
    return len(entries)


def _note(library: Library, made: ArchiveResult) -> None:
    with library.transaction() as db:
        detail = {"entries": made.entries, "bytes": made.size, "missing": len(made.missing)}
        audit.record(db, None, MADE, ("library", None), detail=detail)
