"""A backup of the whole library in one file, made while people go on using it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from library import audit, damage, making
from library.errors import InvalidInputError
from library.files import storage_errors, sync
from library.holdings import removal_record
from library.keeping import beside_backups, packed
from library.keeping.holding import Held, holding
from library.keeping.named import Named, named_files
from library.keeping.packed import Entry, Manifest, Progress
from library.keys import receipt_key
from library.models import now
from library.schema import schemas
from library.store import Library, Transaction
from library.voices import voice_consent

MADE = "library.backup"


@dataclass(frozen=True)
class Made:
    """A backup that was made."""

    entries: int
    size: int  # bytes of the file
    missing: list[str]  # files that the library names and does not have


def back_up(
    library: Library, out: Path, *, keys: bool = True, progress: Progress | None = None
) -> Made:
    """Write everything that cannot be made again to a new file.

    The database is copied as it is at one moment. At that moment the files that it names get a
    second name, so that whoever removes one meanwhile does not break the backup. The file appears
    only when it is whole and safe on the disk.

    Args:
        library: which one.
        out: the new file.
        keys: whether the keys that sign cookies and open sealed originals come along.
        progress: told the bytes done and those in all.

    Raises:
        InvalidInputError: there is such a file already, or the folder for it is not there.
        StorageFullError: the disk has no room for it.
        DamagedError: the database is damaged: no backup is made of that.
    """
    if out.exists():
        raise InvalidInputError(
            f"{out} exists already. Name a new file for the backup. Make it first, or name another."
        )
    if not out.resolve().parent.is_dir():
        raise InvalidInputError(
            f"There is no folder {out.resolve().parent} for the backup. "
            "Make it first, or name another."
        )
    place = out.resolve().parent
    with (
        storage_errors(),
        holding(library.files) as held,
        making.folder(place, making.BACKUP) as beside,
    ):
        database, unfinished = beside / packed.DATABASE, beside / out.name
        named = _freeze(library, database, held)
        identity, record = _removals(library, beside)
        files = [
            (packed.DATABASE, database),
            (packed.REMOVALS, record),
            *_files(library, named, held, keys=keys),
        ]
        there = [(name, path) for name, path in files if path.is_file()]
        entries = _write(unfinished, there, identity, progress)
        missing = [name for name, path in files if not path.is_file()]
        unfinished.replace(out)
        sync(place)
    made = Made(entries, out.stat().st_size, missing)
    beside_backups.put_record(library, place)
    beside_backups.remember(library, place)
    _note(library, made)
    return made


def _removals(library: Library, folder: Path) -> tuple[str, Path]:
    """Write down every removal until now; gives the library's identity, and where they are."""
    path = folder / packed.REMOVALS
    receipt_key(library.settings.home)  # later removals are found in this backup by it
    with library.reading() as db:
        removal_record.put(path, removal_record.text_of(db))
        return removal_record.identity(db), path


def _freeze(library: Library, database: Path, held: Held) -> Named:
    """Copy the database and hold the files that the copy names."""
    found: list[Named] = []

    def hold(db: Transaction) -> None:
        found.append(named_files(db))
        held.hold(found[0])

    library.snapshot(database, hold)
    damage.look_for_damage(database, float("inf"))
    _leave_voices_out(database)
    return found[0]


def _leave_voices_out(database: Path) -> None:
    """Take what is kept of voices out of the copy: what is forgotten must not come back with it.

    They are made anew, from the sound, for whoever agrees again.
    """
    with closing(sqlite3.connect(database)) as copy:
        copy.execute("PRAGMA secure_delete=ON")
        kept = [
            copy.execute(f"DELETE FROM {table.__tablename__}").rowcount  # noqa: S608 - our names
            for table in voice_consent.TABLES
        ]
        copy.commit()
        removed = copy.execute("SELECT 1 FROM erasure LIMIT 1").fetchone()
        if any(kept) or removed:  # what was deleted may still lie between the rows
            copy.execute("VACUUM")


def _files(library: Library, named: Named, held: Held, *, keys: bool) -> Iterator[tuple[str, Path]]:
    """Each entry's name, and where its bytes are."""
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

    def told(size: int) -> None:
        nonlocal done
        done += size
        if progress is not None:
            progress(done, total)

    handle = os.open(out, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "r+b") as file:
        with ZipFile(file, "w") as archive:
            entries: dict[str, Entry] = {
                name: packed.put(archive, name, path, told) for name, path in files
            }
            made_at = now().isoformat(timespec="seconds")
            manifest = Manifest(made_at, schemas()[0], entries, library=library)
            packed.put_manifest(archive, manifest)
        file.flush()
        os.fsync(file.fileno())
    return len(entries)


def _note(library: Library, made: Made) -> None:
    with library.transaction() as db:
        detail = {"entries": made.entries, "bytes": made.size, "missing": len(made.missing)}
        audit.record(db, None, MADE, ("library", None), detail=detail)
