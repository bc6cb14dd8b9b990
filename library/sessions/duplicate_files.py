"""Uploads and sessions that hold the same bytes as a file."""

from collections.abc import Collection, Sequence
from pathlib import Path

from sqlalchemy import or_, select

from library.files import Files
from library.models import MentoringSession, Source, Upload
from library.store import Transaction

LEAST = 1024  # bytes that must be equal if the sizes differ
PIECE = 1 << 20  # bytes compared at each end; limited because the write lock is held


def waiting_uploads(db: Transaction, files: Files, hashes: Collection[str]) -> Sequence[Upload]:
    """Return uploads without a session that hold these bytes, of all people.

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
    """Return the ids of the other sessions with a recording, note or transcript of these bytes."""
    found = (
        select(Source.session_id)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(or_(Source.sha256.in_(hashes), Source.transcript_sha256.in_(hashes)))
        .where(Source.session_id != (session_id or 0), MentoringSession.deleted_at.is_(None))
    )
    return sorted(set(db.scalars(found)))


def _begins_as(files: Files, upload: Upload, original: Path) -> bool:
    """Return whether an upload's received bytes and *original* share their beginning.

    Compare only the first and the last `PIECE` bytes of the shared length. If the announced size
    differs from that of *original*, at least `LEAST` shared bytes are needed, because files of one
    format begin alike. Return False if no byte was received or a file is missing.
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
