"""Search for the bytes of removed files in all files of the library's home folder."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import select

from library.files import Files
from library.models import Removal, Source, Upload
from library.sessions import file_fingerprints
from library.store import Library, Transaction
from library.translation import gettext

# Database files are not opened: closing one drops the POSIX locks that SQLite holds on it in this
# process. None of them is a removed file.
DATABASE = ".db"
UPLOAD = "upload-"  # prefix of the file name of an upload


def find_all(library: Library) -> Iterator[str]:
    """Yield one sentence for each file whose bytes equal a file that a finished removal removed."""
    with library.reading() as db:
        removals = db.scalars(select(Removal).where(Removal.completed_at.is_not(None))).all()
    yield from find(library, removals)


def find(library: Library, removals: Sequence[Removal]) -> Iterator[str]:
    """Yield one sentence for each file in the home folder that has the bytes of a removed file.

    Files that were added after the removal, or that another session uses, are not reported. Whole
    files are compared: by the name if it is the SHA-256, else by size and SHA-256.
    """
    removed: dict[str, list[Removal]] = {}
    for removal in removals:
        for file in removal.files:
            removed.setdefault(file["hash"], []).append(removal)
    if not removed:
        return
    home = library.settings.home
    sizes = {file["size"] for removal in removals for file in removal.files}
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        if DATABASE in path.name:
            continue
        sha256 = _sha256(library.files, path, sizes)
        for removal in removed.get(file_fingerprints.keyed(home, sha256), []) if sha256 else []:
            if not _is_explained(library, removal, path, sha256 or ""):
                where = path.relative_to(home)
                yield gettext(
                    "%(path)s has the same content as a file that removal %(id)s removed. Delete "
                    "%(path)s.",
                    id=removal.id,
                    path=where,
                )


def _sha256(files: Files, path: Path, sizes: set[int]) -> str | None:
    """Return the SHA-256 of a file, or None if no removed file has the same size."""
    if files.place(path.name) == path:
        return path.name
    try:
        if path.stat().st_size not in sizes:
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # the file was deleted in the meantime
        return None


def _is_explained(library: Library, removal: Removal, path: Path, sha256: str) -> bool:
    """Return whether a file with removed bytes was added later or belongs to another session."""
    with library.reading() as db:
        if library.files.place(sha256) == path:
            return _is_named(db, removal, sha256, _changed(path))
        if path == library.files.incoming(path.name.removeprefix(UPLOAD)):
            upload = db.get(Upload, path.name.removeprefix(UPLOAD))
            return upload is not None and _changed(path) > removal.removed_at.timestamp()
    return False


def _is_named(db: Transaction, removal: Removal, sha256: str, changed: float) -> bool:
    """Return whether a stored file belongs to a row that the removal did not cover."""
    sources = db.execute(
        select(Source.session_id, Source.created_at).where(
            (Source.sha256 == sha256)
            | (Source.transcript_sha256 == sha256)
            | (Source.web_sha256 == sha256)
        )
    ).all()
    if any(
        one.session_id in removal.copies or one.created_at > removal.removed_at for one in sources
    ):
        return True
    upload = select(Upload.id).where(Upload.sha256 == sha256).limit(1)
    return changed > removal.removed_at.timestamp() and db.scalar(upload) is not None


def _changed(path: Path) -> float:
    """Return the modification time of a file, in seconds since 1970 UTC."""
    return path.stat().st_mtime


def of_receipt(library: Library, removal_id: int | None) -> Iterator[str]:
    """Yield one sentence for each file whose bytes equal a file that this removal removed."""
    with library.reading() as db:
        removal = db.get(Removal, removal_id or 0)
    if removal is not None:
        yield from find(library, [removal])
