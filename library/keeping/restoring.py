"""A library out of a backup: every entry checked, what is damaged named, the rest kept."""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from sqlalchemy import delete, or_, select

from library import audit, keys
from library.errors import InvalidInputError
from library.files import storage_errors, sync
from library.keeping import packed
from library.keeping.packed import Manifest, Progress
from library.models import MentoringSession, SealedOriginal, SignIn, Source, Upload
from library.schema import schemas
from library.settings import Settings
from library.store import Transaction, open_library

ASIDE = "damaged"
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


def restore(backup: Path, folder: Path, *, progress: Progress | None = None) -> Restored:
    """Make the library of a backup in an empty folder, in the present schema.

    What of a damaged entry can be read is put aside in the library's folder under `damaged`.

    Args:
        backup: the file.
        folder: an empty one, or one that is not there yet.
        progress: told the bytes done and those in all.

    Raises:
        InvalidInputError: the file is no backup, its database is damaged, it was made by a newer
            version of the program, or the folder is not empty.
        StorageFullError: the disk has no room for it.
    """
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInputError(f"{folder} is not empty. Name an empty folder for the library.")
    beside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        with storage_errors(), packed.open_archive(backup) as archive:
            manifest = packed.read_manifest(archive)
            _require_known(manifest)
            beside.mkdir(parents=True)
            bad = _unpack(archive, manifest, beside, progress)
            _require_database(beside, bad)
            damage = _settle(beside, bad, manifest)
            os.sync()  # thousands of files at once, before their folder gets its name
            beside.rename(folder)
            sync(folder.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Restored(len(manifest.entries) - len(bad), damage)


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
            path.chmod(0o600)
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


def _settle(home: Path, bad: Sequence[str], manifest: Manifest) -> list[Damage]:
    """Bring the library to the present schema, and say at each source what it lost."""
    library = open_library(Settings(home=home))
    try:
        with library.transaction() as db:
            db.execute(delete(Upload).where(Upload.sha256.is_(None)))  # their bytes stayed behind
            db.execute(delete(SignIn))  # who signed out since the backup must stay signed out
            named = [_named(db, name) for name in bad]
            detail = {"made_at": manifest.made_at, "damaged": len(bad)}
            audit.record(db, None, "library.restore", ("library", None), detail=detail)
        library.empty_log()  # all of it in the one file that gets a new place
    finally:
        library.close()
    return named


def _named(db: Transaction, name: str) -> Damage:
    """What a damaged entry was, told to whoever opens its session as well."""
    if (kept := packed.KEPT.fullmatch(name)) is not None:
        return Damage(name, _note_loss(db, kept.group(2)))
    if (sealed := packed.SEALED.fullmatch(name)) is not None:
        row = db.scalar(select(SealedOriginal).where(SealedOriginal.name == sealed.group(1)))
        of = f" of session {row.session_id}" if row is not None else ""
        return Damage(name, f"A sealed original{of} is damaged and cannot be opened.")
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
