"""Restore of a library from a backup, with a check of every entry and a report of damage."""

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
from library.files import convert_disk_errors, sync
from library.home_folder import tighten
from library.models import MentoringSession, SealedOriginal, SignIn, Source, Upload
from library.preservation import archive as packed
from library.preservation import reapply_removals
from library.preservation.archive import Manifest, Progress
from library.preservation.reapply_removals import Repeated
from library.removal import compaction
from library.schema import schemas
from library.sessions import removal_record
from library.sessions.removal_record import Record
from library.settings import Settings
from library.store import Transaction, open_library
from library.translation import gettext, mark

ASIDE = "damaged"
RECORDS = "removals*.jsonl"
LEFT = (removal_record.NAME, keys.RECEIPT)  # files that the target folder may contain
LOST = "damaged-in-backup"  # kind of a notice of a source


@dataclass(frozen=True)
class Damage:
    """Damaged entry of a backup, with a sentence that tells to which session it belongs."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Restored:
    """Result of a restore."""

    entries: int  # number of undamaged entries
    damage: Sequence[Damage]
    repeated: Repeated  # removals that are newer than the backup
    unknown_from: datetime  # removals after this time (UTC) may be missing in the records
    damaged_lines: int  # number of damaged lines in the records


def restore(
    backup: Path,
    folder: Path,
    *,
    records: Iterable[Path] = (),
    home: Path | None = None,
    progress: Progress | None = None,
) -> Restored:
    """Restore the library of a backup into an empty folder, in the present schema.

    Removals that are newer than the backup are repeated before the library opens. Removal records
    are read from the backup, its folder, *folder*, *home* and *records*. The readable part of a
    damaged entry is stored in the library's folder under `damaged`.

    Args:
        backup: the file.
        folder: a folder that is missing, empty, or has only a removal record and its key.
        records: further removal records.
        home: the folder of the present library.
        progress: called with the bytes done and the bytes in total.

    Raises:
        InvalidInputError: the file is not a backup, its database is damaged, a newer version of the
            program made it, the folder is not empty, or one of *records* is not a removal record.
        StorageFullError: the disk is full.
    """
    folder = folder.resolve()
    required = [_required(path) for path in records]
    if folder.exists() and (not folder.is_dir() or {p.name for p in folder.iterdir()} - {*LEFT}):
        raise InvalidInputError(
            "%(folder)s is not empty. Name an empty folder for the library.", folder=folder
        )
    places = [backup.resolve().parent, folder, *([home.resolve()] if home else [])]
    beside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        with convert_disk_errors(), packed.open_archive(backup) as archive:
            manifest = packed.read_manifest(archive)
            _require_known(manifest)
            beside.mkdir(mode=0o700, parents=True)
            bad = _unpack(archive, manifest, beside, progress)
            _require_database(beside, bad)
            merged = _merged(manifest, [*required, *_records_in([beside, *places])])
            _take_key(beside, places)
            damage, repeated = _settle(beside, bad, manifest, merged)
            tighten(beside)
            os.sync()  # thousands of files at once, before their folder gets its name
            if folder.exists():
                for name in LEFT:  # the restored library has own copies of these files
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
            "%(path)s is not a removal record. Name the file %(name)s in the "
            "library's folder or beside its backups.",
            path=path,
            name=removal_record.NAME,
        )
    return record


def _records_in(folders: Iterable[Path]) -> list[Record]:
    paths = {path for folder in folders if folder.is_dir() for path in folder.glob(RECORDS)}
    found = (removal_record.read(path) for path in sorted(paths))
    return [record for record in found if record is not None]


def _take_key(home: Path, folders: Iterable[Path]) -> None:
    """Copy the key of keyed hashes from one of *folders* if *home* does not have it."""
    for folder in folders:
        if not (home / keys.RECEIPT).exists() and (folder / keys.RECEIPT).is_file():
            shutil.copyfile(folder / keys.RECEIPT, home / keys.RECEIPT)


def _merged(manifest: Manifest, found: Sequence[Record]) -> Record:
    """Merge the removal records of the backup's library: each line once, oldest first.

    A backup of an earlier version does not name its library. Then the library of the first record
    is used.
    """
    library = manifest.library or next((record.library for record in found), "")
    own_records = [record for record in found if record.library == library]
    lines = {line["id"]: line for record in own_records for line in record.lines}
    ordered = sorted(lines.values(), key=lambda line: str(line["at"]))
    return Record(library, ordered, max((record.damaged for record in own_records), default=0))


def check(backup: Path, *, progress: Progress | None = None) -> list[str]:
    """Return one sentence for each damaged entry of a backup, without restoring it.

    Raises:
        InvalidInputError: the file is not a backup.
    """
    with packed.open_archive(backup) as archive:
        manifest = packed.read_manifest(archive)
        report = _telling(manifest, progress)
        bad = [e.name for e in manifest.entries.values() if not packed.agrees(archive, e, report)]
    return [gettext("%(file)s is damaged.", file=name) for name in bad]


def _require_known(manifest: Manifest) -> None:
    if manifest.schema not in schemas():
        raise InvalidInputError(
            "This backup was made by a newer version of the program. Update the program, then "
            "restore the backup."
        )


def _telling(manifest: Manifest, progress: Progress | None) -> Callable[[int], object]:
    total, done = sum(entry.size for entry in manifest.entries.values()), 0

    def report(size: int) -> None:
        nonlocal done
        done += size
        if progress is not None:
            progress(done, total)

    return report


def _unpack(
    archive: ZipFile, manifest: Manifest, into: Path, progress: Progress | None
) -> list[str]:
    """Write the entries of a backup to the folder *into*. Return the names of damaged entries."""
    report, bad = _telling(manifest, progress), []
    for entry in manifest.entries.values():
        path = into / entry.name
        if packed.take(archive, entry, path, report):
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
                pass  # reported below
    raise InvalidInputError(
        "The database in this backup is damaged, so its files cannot be assigned to sessions. "
        "Use another backup. The recordings can still be extracted with any ZIP program."
    )


def _settle(
    home: Path, bad: Sequence[str], manifest: Manifest, record: Record
) -> tuple[list[Damage], Repeated]:
    """Migrate the library, repeat newer removals and write notices about damaged files.

    Returns:
        The damage, and the repeated removals.
    """
    library = open_library(Settings(home=home))
    library.forget_passages = len  # there is no index yet
    try:
        if record.library:
            with library.transaction() as db:
                removal_record.set_identity(db, record.library)
        repeated = reapply_removals.reapply(library, record.lines)
        with library.transaction() as db:
            db.execute(delete(Upload).where(Upload.sha256.is_(None)))  # not in the backup
            db.execute(delete(SignIn))  # sign-ins that ended since the backup must stay ended
            named = [_named(db, name) for name in bad]
            detail = {"made_at": manifest.made_at, "damaged": len(bad)}
            audit.record(db, None, "library.restore", ("library", None), detail=detail)
            own = removal_record.identity(db)
        removal_record.put(home / removal_record.NAME, removal_record.as_file(own, record.lines))
        removal_record.complete(library)
        compaction.run(library)
        library.empty_log()  # so that the database file alone can be moved
    finally:
        library.close()
    return named, repeated


def _named(db: Transaction, name: str) -> Damage:
    """Describe a damaged entry of a backup. Add a notice to each source that uses the file."""
    if (stored := packed.KEPT.fullmatch(name)) is not None:
        return Damage(name, _note_loss(db, stored.group(2)))
    if (sealed := packed.SEALED.fullmatch(name)) is not None:
        row = db.scalar(select(SealedOriginal).where(SealedOriginal.name == sealed.group(1)))
        if row is None:
            return Damage(name, gettext("A sealed original is damaged and cannot be opened."))
        message = gettext(
            "A sealed original of session %(session)s is damaged and cannot be opened.",
            session=row.session_id,
        )
        return Damage(name, message)
    if name == packed.REMOVALS:
        return Damage(
            name,
            gettext(
                "The removal record in the backup is damaged. Removals that only it lists may not "
                "be repeated."
            ),
        )
    if name == keys.SEAL:
        return Damage(
            name, gettext("The key seal_key is damaged, so sealed originals cannot be opened.")
        )
    return Damage(
        name,
        gettext(
            "The key %(name)s is damaged. The program makes a new key when it needs one.", name=name
        ),
    )


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
    report = []
    for source in found:
        message = _lost(source, sha256)
        notice = {"kind": LOST, "message": message, "start": None, "end": None}
        source.notices = [*source.notices, notice]
        session = db.get(MentoringSession, source.session_id)
        title = session.title if session is not None else ""
        if source.web_sha256 == sha256:
            source.web_sha256 = source.web_media_type = None  # the original is played instead
        report.append(
            gettext(
                "%(filename)s in session %(session)s, “%(title)s”: %(message)s",
                filename=source.filename,
                session=source.session_id,
                title=title,
                message=gettext(message),
            )
        )
    return " ".join(report) or gettext(
        "A file that was uploaded and is not part of a session yet is damaged. Upload it again."
    )


def _lost(source: Source, sha256: str) -> str:
    if source.sha256 == sha256:
        return mark(
            "The original was damaged in the backup that was restored. Add the file again if you "
            "have it."
        )
    if source.web_sha256 == sha256:
        return mark(
            "The copy for the player was damaged in the backup that was restored. The original is "
            "played instead."
        )
    return mark("The imported transcript was damaged in the backup that was restored.")
