"""The folders of backups: the removal record that lies there, and backups that are too old."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from library.errors import InvalidInputError
from library.holdings import removal_record
from library.keeping import packed, restoring
from library.models import ServiceSetting, now
from library.store import Library

FOLDERS = "backup_folders"  # the name of the setting: where backups were written
MOST = 20  # folders that are remembered
GRACE = timedelta(days=1)  # a nightly backup removes what was a few hours too young last night


@dataclass(frozen=True)
class Backup:
    """A backup in a folder."""

    path: Path
    made_at: datetime  # as it says itself, or earlier where its file is older
    library: str  # whose it is; empty: made by a version that did not say it


def put_record(library: Library, folder: Path) -> None:
    """Complete the library's removal record, and copy it into a folder of backups.

    What another copy of the library has written there meanwhile stays in it.
    """
    removal_record.complete(library, known=True)
    with library.reading() as db:
        own, content = removal_record.identity(db), removal_record.text_of(db)
    there = folder / removal_record.NAME
    known = removal_record.read(there)
    if known is not None and known.library != own:
        there = folder / removal_record.name_for(own)
        known = removal_record.read(there)
    lines = [
        line for record in (known, removal_record.parse(content)) if record for line in record.lines
    ]
    removal_record.put(there, removal_record.as_file(own, {x["id"]: x for x in lines}.values()))


def remember(library: Library, folder: Path) -> None:
    """Remember where backups are, so that `too_old` looks there."""
    with library.transaction() as db:
        row = db.get(ServiceSetting, FOLDERS)
        known = [name for name in (row.value if row else []) if name != str(folder)]
        db.merge(ServiceSetting(name=FOLDERS, value=[*known, str(folder)][-MOST:]))


def backups(folder: Path) -> Iterator[Backup]:
    """Find the backups in a folder; other files are passed over."""
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
    """Remove the library's backups that are older than some days from the folder of a new one.

    Nothing is removed unless the new one can be read to its end.

    Args:
        library: whose backups.
        newest: the backup that was just made; it stays.
        days: how old a backup may become.
        unnamed: also those of earlier versions, which do not say whose they are.

    Raises:
        InvalidInputError: the new backup is damaged.
    """
    with library.reading() as db:
        mine = {removal_record.identity(db), *([""] if unnamed else [])}
    folder, limit = newest.resolve().parent, now() - timedelta(days=days)
    older = [
        found.path
        for found in backups(folder)
        if found.library in mine and found.made_at < limit and not found.path.samefile(newest)
    ]
    if older and restoring.check(newest):
        raise InvalidInputError(
            f"{newest} cannot be read to its end, so no older backup was removed. Look at the "
            "disk, and make another backup."
        )
    for path in older:
        path.unlink()
    return older


def too_old(library: Library) -> Iterator[str]:
    """Name the backups that are older than backups are kept, in folders where some were made."""
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
                yield (
                    f"The backup {one.path} is of {one.made_at:%Y-%m-%d}, and receipts promise "
                    f"that backups are kept for {days} days. Remove it, or raise "
                    "LIVING_HISTORY_BACKUP_KEEP_DAYS."
                )
