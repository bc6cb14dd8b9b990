"""A library out of a backup: every entry checked, what is damaged named, the rest kept."""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

from sqlalchemy import delete, or_, select

from library import audit, keys
from library.errors import InvalidInputError
from library.files import storage_errors, sync
from library.holdings import removal_record
from library.holdings.removal_record import Record
from library.home import tighten
from library.keeping import packed, reapplying
from library.keeping.packed import Manifest, Progress
from library.keeping.reapplying import Repeated
from library.models import MentoringSession, SealedOriginal, SignIn, Source, Upload
from library.schema import schemas
from library.settings import Settings
from library.store import Transaction, open_library
from library.withdrawal import compaction

ASIDE = "damaged"
RECORDS = "removals*.jsonl"
LEFT = (removal_record.NAME, keys.RECEIPT)  # what may lie in the folder that gets the library
LOST = "damaged-in-backup"  # the kind of a source's notice


@dataclass(frozen=True)
class Damage:
    """An entry that is not what it should be, and what it belongs to."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Restored:
    """A library that came out of a backup."""

    entries: int  # that are good
    damage: Sequence[Damage]
    repeated: Repeated  # removals that are newer than the backup
    unknown_from: datetime  # removals after this moment are in no record that was found
    damaged_lines: int  # of the records


def restore(
    backup: Path,
    folder: Path,
    *,
    records: Iterable[Path] = (),
    home: Path | None = None,
    progress: Progress | None = None,
) -> Restored:
    """Make the library of a backup in an empty folder, in the present schema.

    What was removed after the backup was made is removed again before the library opens. Removal
    records are looked for in the backup, beside it, in *folder* and in *home*, beside *records*.

    What of a damaged entry can be read is put aside in the library's folder under `damaged`.

    Args:
        backup: the file.
        folder: an empty one, one with nothing but a removal record, or one that is not there yet.
        records: further removal records.
        home: the folder of the present library.
        progress: told the bytes done and those in all.

    Raises:
        InvalidInputError: the file is no backup, its database is damaged, it was made by a newer
            version of the program, the folder is not empty, or one of *records* is no record.
        StorageFullError: the disk has no room for it.
    """
    folder = folder.resolve()
    given = [_required(path) for path in records]
    if folder.exists() and (not folder.is_dir() or {p.name for p in folder.iterdir()} - {*LEFT}):
        raise InvalidInputError(f"{folder} is not empty. Name an empty folder for the library.")
    places = [backup.resolve().parent, folder, *([home.resolve()] if home else [])]
    beside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        with storage_errors(), packed.open_archive(backup) as archive:
            manifest = packed.read_manifest(archive)
            _require_known(manifest)
            beside.mkdir(mode=0o700, parents=True)
            bad = _unpack(archive, manifest, beside, progress)
            _require_database(beside, bad)
            merged = _merged(manifest, [*given, *_records_in([beside, *places])])
            _take_key(beside, places)
            damage, repeated = _settle(beside, bad, manifest, merged)
            tighten(beside)
            os.sync()  # thousands of files at once, before their folder gets its name
            if folder.exists():
                for name in LEFT:  # the restored library has them
                    (folder / name).unlink(missing_ok=True)
                folder.rmdir()
            beside.rename(folder)
            sync(folder.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    made_at = datetime.fromisoformat(manifest.made_at)
    until = max(made_at, merged.known_until or made_at)
    return Restored(len(manifest.entries) - len(bad), damage, repeated, until, merged.damaged)


def _required(path: Path) -> Record:
    record = removal_record.read(path)
    if record is None:
        raise InvalidInputError(
            f"{path} is no removal record. It is called {removal_record.NAME}, and lies in the "
            "library's folder and beside its backups."
        )
    return record


def _records_in(folders: Iterable[Path]) -> list[Record]:
    paths = {path for folder in folders if folder.is_dir() for path in folder.glob(RECORDS)}
    found = (removal_record.read(path) for path in sorted(paths))
    return [record for record in found if record is not None]


def _take_key(home: Path, folders: Iterable[Path]) -> None:
    """Take over the key of keyed hashes where the backup came without it."""
    for folder in folders:
        if not (home / keys.RECEIPT).exists() and (folder / keys.RECEIPT).is_file():
            shutil.copyfile(folder / keys.RECEIPT, home / keys.RECEIPT)


def _merged(manifest: Manifest, found: Sequence[Record]) -> Record:
    """One record of those that are of the backup's library, each line once, the oldest first.

    A backup of an earlier version does not say whose it is, and takes the first record.
    """
    library = manifest.library or next((record.library for record in found), "")
    mine = [record for record in found if record.library == library]
    lines = {line["id"]: line for record in mine for line in record.lines}
    ordered = sorted(lines.values(), key=lambda line: str(line["at"]))
    return Record(library, ordered, max((record.damaged for record in mine), default=0))


def check(backup: Path, *, progress: Progress | None = None) -> list[str]:
    """What of a backup is damaged, a sentence each; nothing of it is kept.

    Raises:
        InvalidInputError: the file is no backup.
    """
    with packed.open_archive(backup) as archive:
        manifest = packed.read_manifest(archive)
        told = _telling(manifest, progress)
        bad = [e.name for e in manifest.entries.values() if not packed.agrees(archive, e, told)]
    return [f"{name} is damaged." for name in bad]


def _require_known(manifest: Manifest) -> None:
    if manifest.schema not in schemas():
        raise InvalidInputError(
            "This backup was made by a newer version of the program. Update it, then restore."
        )


def _telling(manifest: Manifest, progress: Progress | None) -> Callable[[int], object]:
    total, done = sum(entry.size for entry in manifest.entries.values()), 0

    def told(size: int) -> None:
        nonlocal done
        done += size
        if progress is not None:
            progress(done, total)

    return told


def _unpack(
    archive: ZipFile, manifest: Manifest, into: Path, progress: Progress | None
) -> list[str]:
    """Write the entries to their places; gives the names of those that are damaged."""
    told, bad = _telling(manifest, progress), []
    for entry in manifest.entries.values():
        path = into / entry.name
        if packed.take(archive, entry, path, told):
            continue
        bad.append(entry.name)
        aside = into / ASIDE / path.name
        aside.parent.mkdir(exist_ok=True)
        if path.stat().st_size:
            path.rename(aside)
        else:
            path.unlink()
    return bad


def _require_database(home: Path, bad: Sequence[str]) -> None:
    path = home / packed.DATABASE
    if packed.DATABASE not in bad and path.is_file():
        with closing(sqlite3.connect(path)) as database:
            try:
                if database.execute("PRAGMA quick_check").fetchone() == ("ok",):
                    return
            except sqlite3.DatabaseError:
                pass  # said below
    raise InvalidInputError(
        "The database in this backup is damaged, and without it nobody knows what the files are. "
        "Take another backup. The recordings can still be taken out with any ZIP program."
    )


def _settle(
    home: Path, bad: Sequence[str], manifest: Manifest, record: Record
) -> tuple[list[Damage], Repeated]:
    """Bring the library to the present schema, remove again what was removed since, name losses.

    Gives the damage, and what was removed again.
    """
    library = open_library(Settings(home=home))
    library.forget_passages = len  # there is no index yet
    try:
        if record.library:
            with library.transaction() as db:
                removal_record.set_identity(db, record.library)
        repeated = reapplying.reapply(library, record.lines)
        with library.transaction() as db:
            db.execute(delete(Upload).where(Upload.sha256.is_(None)))  # their bytes stayed behind
            db.execute(delete(SignIn))  # who signed out since the backup must stay signed out
            named = [_named(db, name) for name in bad]
            detail = {"made_at": manifest.made_at, "damaged": len(bad)}
            audit.record(db, None, "library.restore", ("library", None), detail=detail)
            own = removal_record.identity(db)
        removal_record.put(home / removal_record.NAME, removal_record.as_file(own, record.lines))
        removal_record.complete(library)
        compaction.run(library)
        library.empty_log()  # all of it in the one file that gets a new place
    finally:
        library.close()
    return named, repeated


def _named(db: Transaction, name: str) -> Damage:
    """What a damaged entry was, told to whoever opens its session as well."""
    if (kept := packed.KEPT.fullmatch(name)) is not None:
        return Damage(name, _note_loss(db, kept.group(2)))
    if (sealed := packed.SEALED.fullmatch(name)) is not None:
        row = db.scalar(select(SealedOriginal).where(SealedOriginal.name == sealed.group(1)))
        of = f" of session {row.session_id}" if row is not None else ""
        return Damage(name, f"A sealed original{of} is damaged and cannot be opened.")
    if name == packed.REMOVALS:
        return Damage(name, "The removal record in the backup is damaged.")
    if name == keys.SEAL:
        return Damage(name, "The key seal_key is damaged: originals under seal cannot be opened.")
    return Damage(name, f"The key {name} is damaged; a new one is made when it is needed.")


def _note_loss(db: Transaction, sha256: str) -> str:
    found = db.scalars(
        select(Source).where(
            or_(
                Source.sha256 == sha256,
                Source.web_sha256 == sha256,
                Source.transcript_sha256 == sha256,
            )
        )
    ).all()
    told = []
    for source in found:
        what = _lost(source, sha256)
        message = f"{what} was damaged in the backup that this library came out of."
        notice = {"kind": LOST, "message": message, "start": None, "end": None}
        source.notices = [*source.notices, notice]
        session = db.get(MentoringSession, source.session_id)
        title = session.title if session is not None else ""
        if source.web_sha256 == sha256:
            source.web_sha256 = source.web_media_type = None  # the original is played instead
        told.append(f"{source.filename} in session {source.session_id}, “{title}”: {message}")
    return " ".join(told) or "A file that waited to become a session is damaged."


def _lost(source: Source, sha256: str) -> str:
    if source.sha256 == sha256:
        return "The original"
    return "The copy for the player" if source.web_sha256 == sha256 else "The imported transcript"
