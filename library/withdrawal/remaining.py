"""Looking for the bytes of removed files in every file of the library's home folder."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import select

from library.files import Files
from library.holdings import fingerprints
from library.models import Removal, Source, Upload
from library.store import Library, Transaction

# Files of a database are not opened: closing one drops the locks that SQLite holds on it in this
# process (POSIX). None of them is a removed file.
DATABASE = ".db"
UPLOAD = "upload-"  # what the name of an upload's file begins with


def of_all(library: Library) -> Iterator[str]:
    """Name every file with the bytes of a removed one, of all removals that are completed."""
    with library.reading() as db:
        removals = db.scalars(select(Removal).where(Removal.completed_at.is_not(None))).all()
    yield from of(library, removals)


def of(library: Library, removals: Sequence[Removal]) -> Iterator[str]:
    """Name every file of the home folder with the bytes of a removed one, a sentence each.

    What came again later, and what another session has that was there before, is no fault.
    Files are compared whole: by their names where those are their hashes, else by size and hash.
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
        for removal in removed.get(fingerprints.keyed(home, sha256), []) if sha256 else []:
            if not _is_explained(library, removal, path, sha256 or ""):
                where = path.relative_to(home)
                yield f"The bytes of a file of removal {removal.id} lie in {where}."


def _sha256(files: Files, path: Path, sizes: set[int]) -> str | None:
    """Return the hash of a file that may be one of the removed; None where it cannot be."""
    if files.place(path.name) == path:
        return path.name
    try:
        if path.stat().st_size not in sizes:
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # it went meanwhile
        return None


def _is_explained(library: Library, removal: Removal, path: Path, sha256: str) -> bool:
    """Whether a file with the removed bytes came later, or is of another session that stays."""
    with library.reading() as db:
        if library.files.place(sha256) == path:
            return _is_named(db, removal, sha256, _changed(path))
        if path == library.files.incoming(path.name.removeprefix(UPLOAD)):
            upload = db.get(Upload, path.name.removeprefix(UPLOAD))
            return upload is not None and _changed(path) > removal.removed_at.timestamp()
    return False


def _is_named(db: Transaction, removal: Removal, sha256: str, changed: float) -> bool:
    """Whether a kept file belongs to something that the removal did not reach."""
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
    """When a file was last written, in seconds since 1970."""
    return path.stat().st_mtime


def of_receipt(library: Library, removal_id: int | None) -> Iterator[str]:
    """Name every file with the bytes of what one receipt is about."""
    with library.reading() as db:
        removal = db.get(Removal, removal_id or 0)
    if removal is not None:
        yield from of(library, [removal])
