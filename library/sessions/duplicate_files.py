"""Search for uploads and sessions that contain the same bytes as a file."""

from collections.abc import Collection, Sequence
from pathlib import Path

from sqlalchemy import or_, select

from library.files import Files
from library.models import MentoringSession, Source, Upload
from library.store import Transaction

LEAST = 1024  # bytes that must be equal if the sizes differ
PIECE = 1 << 20  # bytes compared at each end; limited because the write lock is held


def waiting_uploads(db: Transaction, files: Files, hashes: Collection[str]) -> Sequence[Upload]:
    """Return the waiting uploads of all people with the bytes of these files (SHA-256).

    An incomplete upload counts if its received bytes are the beginning of the file.
    """
    waiting = db.scalars(select(Upload).where(Upload.session_id.is_(None))).all()
    originals = [path for path in map(files.place, hashes) if path.is_file()]
    return [
        upload
        for upload in waiting
        if upload.sha256 in hashes
        or (upload.sha256 is None and any(_begins_as(files, upload, path) for path in originals))
    ]


def other_sessions(
    db: Transaction, hashes: Collection[str], session_id: int | None
) -> Sequence[int]:
    """Return the ids of other sessions that have a source or transcript with these bytes."""
    found = (
        select(Source.session_id)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(or_(Source.sha256.in_(hashes), Source.transcript_sha256.in_(hashes)))
        .where(Source.session_id != (session_id or 0), MentoringSession.deleted_at.is_(None))
    )
    return sorted(set(db.scalars(found)))


def _begins_as(files: Files, upload: Upload, original: Path) -> bool:
    """Return whether the received bytes of an upload are the beginning of *original*.

    Compare only the first and the last `PIECE` bytes of the shared length. If the announced size
    is not the size of *original*, at least `LEAST` bytes must be equal, because files of one format
    begin alike. Return False if no byte was received or a file is missing.
    """
    path = files.incoming(upload.id)
    try:
        size, arrived = original.stat().st_size, path.stat().st_size
        length = min(size, arrived)
        if not length or (upload.size != size and length < LEAST):
            return False
        return _piece(path, 0, length) == _piece(original, 0, length) and (
            _piece(path, max(0, length - PIECE), length)
            == _piece(original, max(0, length - PIECE), length)
        )
    except FileNotFoundError:
        return False


def _piece(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(min(PIECE, end - start))
