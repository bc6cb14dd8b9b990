"""Folders of backups: the removal record in them, and the deletion of old backups."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from library.errors import InvalidInputError
from library.models import ServiceSetting, now
from library.preservation import archive as packed
from library.preservation import restore
from library.sessions import removal_record
from library.store import Library
from library.translation import ngettext

FOLDERS = "backup_folders"  # service setting with the folders of backups
MOST = 20  # folders that are stored
GRACE = timedelta(days=1)  # a daily job may delete a backup up to one day late


@dataclass(frozen=True)
class Backup:
    """Backup file in a folder."""

    path: Path
    made_at: datetime  # time in the manifest, or the file's time if that is earlier
    library: str  # identity of the library; empty in backups of earlier versions


def put_record(library: Library, folder: Path) -> None:
    """Complete the removal record of the library and copy it to a folder of backups.

    Lines that another copy of the library wrote to the record in that folder stay.
    """
    removal_record.complete(library, known=True)
    with library.reading() as db:
        own, content = removal_record.identity(db), removal_record.text_of(db)
    record_path = folder / removal_record.NAME
    known = removal_record.read(record_path)
    if known is not None and known.library != own:
        record_path = folder / removal_record.name_for(own)
        known = removal_record.read(record_path)
    lines = [
        line for record in (known, removal_record.parse(content)) if record for line in record.lines
    ]
    removal_record.put(
        record_path, removal_record.as_file(own, {x["id"]: x for x in lines}.values())
    )


def remember(library: Library, folder: Path) -> None:
    """Store a folder of backups, so that the integrity checks find old backups in it."""
    with library.transaction() as db:
        row = db.get(ServiceSetting, FOLDERS)
        known = [name for name in (row.value if row else []) if name != str(folder)]
        db.merge(ServiceSetting(name=FOLDERS, value=[*known, str(folder)][-MOST:]))


def backups(folder: Path) -> Iterator[Backup]:
    """Yield the backups in a folder. Other files are ignored."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink() or not path.is_file():
            continue
        try:
            with packed.open_archive(path) as archive:
                manifest = packed.read_manifest(archive)
            made_at = datetime.fromisoformat(manifest.made_at)
        except (InvalidInputError, OSError, ValueError):
            continue
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        yield Backup(path, min(made_at, written), manifest.library)


def remove_older(library: Library, newest: Path, days: int, *, unnamed: bool) -> list[Path]:
    """Delete the library's backups that are older than *days* from the folder of a new backup.

    Nothing is deleted unless the new backup can be read completely. Return the deleted files.

    Args:
        library: the library.
        newest: the new backup, which is kept.
        days: greatest age of a backup, in days.
        unnamed: whether backups of earlier versions, without an identity, are deleted, too.

    Raises:
        InvalidInputError: the new backup is damaged.
    """
    with library.reading() as db:
        identities = {removal_record.identity(db), *([""] if unnamed else [])}
    folder, limit = newest.resolve().parent, now() - timedelta(days=days)
    older = [
        found.path
        for found in backups(folder)
        if found.library in identities and found.made_at < limit and not found.path.samefile(newest)
    ]
    if older and restore.check(newest):
        raise InvalidInputError(
            "%(path)s cannot be read to its end, so no older backup was removed. Check the "
            "disk, then make another backup.",
            path=newest,
        )
    for path in older:
        path.unlink()
    return older


def too_old(library: Library) -> Iterator[str]:
    """Yield a sentence for each backup in a stored folder that is older than the settings allow."""
    days = library.settings.backup_keep_days
    if not days:
        return
    with library.reading() as db:
        row, own = db.get(ServiceSetting, FOLDERS), removal_record.identity(db)
    limit = now() - timedelta(days=days) - GRACE
    for folder in map(Path, row.value if row else []):
        found = list(backups(folder)) if folder.is_dir() else []
        for one in found:
            if one.library in {own, ""} and one.made_at < limit:
                yield ngettext(
                    "The backup %(path)s is of %(day)s, and receipts promise that backups are "
                    "kept for %(num)s day. Remove it, or raise LIVING_HISTORY_BACKUP_KEEP_DAYS.",
                    "The backup %(path)s is of %(day)s, and receipts promise that backups are "
                    "kept for %(num)s days. Remove it, or raise LIVING_HISTORY_BACKUP_KEEP_DAYS.",
                    days,
                    path=one.path,
                    day=f"{one.made_at:%Y-%m-%d}",
                )
