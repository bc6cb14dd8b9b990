"""Uploads in resumable pieces (tus 1.0): what has arrived is on disk and counted in its row."""

import os
import secrets
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from library.access import Viewer
from library.errors import ConflictError, InvalidInputError, NotFoundError, TooLargeError
from library.files import Files, storage_errors
from library.models import Upload, now
from library.settings import Settings
from library.store import Library, Transaction

KEPT_FOR = timedelta(days=2)  # an unfinished upload can be continued for this long


def check_size(settings: Settings, files: Files, size: int) -> None:
    """Refuse a file that cannot be taken, before its first byte travels.

    Raises:
        InvalidInputError: it is empty.
        TooLargeError: it is over the limit, or the disk has no room for it.
    """
    if size <= 0:
        raise InvalidInputError("This file is empty: it holds 0 bytes. Choose the file once more.")
    if size > settings.max_upload_bytes:
        raise TooLargeError(
            f"This file is {in_words(size)}; this library takes files of up to "
            f"{in_words(settings.max_upload_bytes)}. Export it smaller, or ask the administrator "
            "to raise the limit."
        )
    if size > files.free_bytes():
        raise TooLargeError(
            f"This file is {in_words(size)}, but the library's disk has only "
            f"{in_words(files.free_bytes())} left. Ask the administrator to make room."
        )


def in_words(size: int) -> str:
    """A number of bytes as people read it, such as 1.5 GB."""
    value = float(size)
    for unit in ("bytes", "KB", "MB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GB"


def begin(library: Library, person_id: int, *, filename: str, size: int) -> Upload:
    """A new upload of *size* bytes, with nothing received yet.

    Raises:
        InvalidInputError: it is empty.
        TooLargeError: it cannot be taken.
    """
    check_size(library.settings, library.files, size)
    upload = Upload(
        id=secrets.token_hex(16),
        person_id=person_id,
        filename=filename[:300] or "recording",
        size=size,
        received=0,
        expires_at=now() + KEPT_FOR,
    )
    with library.transaction() as db:
        db.add(upload)
    with storage_errors():
        library.files.incoming(upload.id).touch()
    return upload


def get(db: Transaction, viewer: Viewer, upload_id: str) -> Upload:
    """An upload of this person's own.

    Raises:
        NotFoundError: there is none, it is somebody else's, or it is too old.
    """
    upload = db.get(Upload, upload_id)
    if upload is None or upload.person_id != viewer.person_id or upload.expires_at < now():
        raise NotFoundError("There is no such upload any more. Start it again.")
    return upload


def append(
    library: Library, viewer: Viewer, upload_id: str, *, offset: int, pieces: Iterable[bytes]
) -> Upload:
    """Write bytes at *offset*, which must be where the last ones ended.

    What was written counts even when the connection breaks in the middle.

    Raises:
        NotFoundError: there is no such upload of this person's.
        ConflictError: *offset* is not where the upload stands.
        TooLargeError: more bytes came than were announced.
    """
    with library.reading() as db:
        upload = get(db, viewer, upload_id)
    path = library.files.incoming(upload_id)
    if offset != upload.received:
        raise ConflictError(
            f"The upload stands at {upload.received} bytes, not at {offset}. Continue from there."
        )
    received = offset
    try:
        with storage_errors(), path.open("r+b") as out:
            out.truncate(offset)
            out.seek(offset)
            for piece in pieces:
                if received + len(piece) > upload.size:
                    raise TooLargeError(
                        "More bytes came than were announced. Start the upload again."
                    )
                out.write(piece)
                received += len(piece)
            out.flush()
            os.fsync(out.fileno())
    finally:
        with library.transaction() as db:
            upload = get(db, viewer, upload_id)
            upload.received = min(received, path.stat().st_size)
    return upload


def finish(library: Library, viewer: Viewer, upload_id: str) -> tuple[str, int, str]:
    """Keep a complete upload's bytes; gives their SHA-256, size in bytes, and the file's name.

    Asked again, it gives the same.

    Raises:
        ConflictError: bytes are missing.
    """
    with library.reading() as db:
        upload = get(db, viewer, upload_id)
    if upload.sha256 is not None:
        return upload.sha256, upload.size, upload.filename
    if upload.received != upload.size:
        raise ConflictError(
            f"{in_words(upload.received)} of {in_words(upload.size)} have arrived. "
            "Continue the upload first."
        )
    sha256, size = library.files.adopt(library.files.incoming(upload_id))
    with library.transaction() as db:
        get(db, viewer, upload_id).sha256 = sha256
    return sha256, size, upload.filename


def abandon(library: Library, viewer: Viewer, upload_id: str) -> None:
    """End an upload and remove what has arrived of it.

    Raises:
        NotFoundError: there is no such upload of this person's.
    """
    with library.transaction() as db:
        db.delete(get(db, viewer, upload_id))
    library.files.incoming(upload_id).unlink(missing_ok=True)


def clear_expired(library: Library) -> int:
    """Remove uploads that nobody continued in time; gives their number."""
    with library.transaction() as db:
        expired = db.scalars(select(Upload).where(Upload.expires_at < now())).all()
        for upload in expired:
            db.delete(upload)
    for upload in expired:
        library.files.incoming(upload.id).unlink(missing_ok=True)
    return len(expired)
