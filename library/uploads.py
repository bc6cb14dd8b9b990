"""Uploads in resumable pieces (tus 1.0): what has arrived is on disk and counted in its row."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO

from sqlalchemy import select

from library import sessions
from library.access import Viewer
from library.errors import ConflictError, InvalidInputError, NotFoundError, TooLargeError
from library.files import Files, storage_errors
from library.intake import KeptFile
from library.models import Upload, now
from library.settings import Settings
from library.store import Library, Transaction

CHECKSUMS = ("sha1", "sha256")  # algorithms that an announced checksum may use

KEPT_FOR = timedelta(days=2)  # an unfinished upload can be continued for this long


class ChecksumError(InvalidInputError):
    """The bytes changed on their way here. Nothing was kept of them; send them again."""


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
    library: Library,
    viewer: Viewer,
    upload_id: str,
    *,
    offset: int,
    pieces: Iterable[bytes],
    checksum: tuple[str, bytes] | None = None,
) -> Upload:
    """Write bytes at *offset*, which must be where the last ones ended.

    What was written counts even when the connection breaks in the middle, unless a checksum
    (algorithm, digest) was announced that it does not match.

    Raises:
        NotFoundError: there is no such upload of this person's.
        ConflictError: *offset* is not where the upload stands, or another request writes to it.
        TooLargeError: more bytes came than were announced.
        ChecksumError: the bytes are not those that were sent.
    """
    with library.reading() as db:
        upload = get(db, viewer, upload_id)
    if upload.sha256 is not None and offset == upload.size:
        return upload  # complete already; the answer to the last piece got lost on its way
    path = library.files.incoming(upload_id)
    with path.open("r+b") as out, _locked(out):
        with library.reading() as db:
            upload = get(db, viewer, upload_id)
        if offset != upload.received:
            raise ConflictError(
                f"The upload stands at {upload.received} bytes, not at {offset}. "
                "Continue from there."
            )
        try:
            _write(out, upload, pieces, checksum)
        finally:
            with library.transaction() as db:
                upload = get(db, viewer, upload_id)
                upload.received = path.stat().st_size
    return upload


@contextmanager
def _locked(file: BinaryIO) -> Iterator[None]:
    """Keep a second writer out: its bytes would mix with ours."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConflictError(
            "Another window is sending this file. Wait a moment, then go on."
        ) from error
    yield


def _write(
    out: BinaryIO, upload: Upload, pieces: Iterable[bytes], checksum: tuple[str, bytes] | None
) -> None:
    """Write pieces behind what has arrived; on an error keep what can be trusted of them."""
    start = position = upload.received
    digest = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
    out.truncate(start)
    out.seek(start)
    complete = False
    try:
        with storage_errors():
            for piece in pieces:
                position += len(piece)
                if position > upload.size:
                    raise TooLargeError(
                        "More bytes came than were announced. Start the upload again."
                    )
                if digest is not None:
                    digest.update(piece)
                out.write(piece)
            complete = True
    finally:
        trusted = complete and (
            digest is None or checksum is None or digest.digest() == checksum[1]
        )
        with storage_errors():
            if not trusted and (digest is not None or position > upload.size):
                out.truncate(start)
            out.flush()
            os.fsync(out.fileno())
    if not trusted:
        raise ChecksumError


def hold(library: Library, viewer: Viewer, file: KeptFile) -> Upload:
    """Remember a file that came in one piece and is kept already, until it becomes a session."""
    upload = Upload(
        id=secrets.token_hex(16),
        person_id=viewer.person_id,
        filename=file.filename,
        size=file.size,
        received=file.size,
        sha256=file.sha256,
        expires_at=now() + KEPT_FOR,
    )
    with library.transaction() as db:
        db.add(upload)
    return upload


def finish(library: Library, viewer: Viewer, upload_id: str) -> tuple[str, int, str]:
    """Keep a complete upload's bytes; gives their SHA-256, size in bytes, and the file's name.

    Asked again, it gives the same.

    Raises:
        ConflictError: bytes are missing.
        NotFoundError: there is no such upload of this person's.
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
    path = library.files.incoming(upload_id)
    if not path.exists():
        raise NotFoundError("There is no such upload any more. Start it again.")
    sha256, size = library.files.adopt(path)
    with library.transaction() as db:
        get(db, viewer, upload_id).sha256 = sha256
    return sha256, size, upload.filename


def abandon(library: Library, viewer: Viewer, upload_id: str) -> None:
    """End an upload and remove what has arrived of it.

    Raises:
        NotFoundError: there is no such upload of this person's.
    """
    with library.transaction() as db:
        upload = get(db, viewer, upload_id)
        db.delete(upload)
        db.flush()
        unused = sessions.unused_hashes(db, [upload.sha256] if upload.sha256 else [])
    library.files.incoming(upload_id).unlink(missing_ok=True)
    sessions.forget_files(library, unused)


def settle(library: Library, viewer: Viewer, upload_ids: Iterable[str], session_id: int) -> None:
    """Remember which session uploads became, so that nobody makes a second one of them."""
    with library.transaction() as db:
        for upload_id in upload_ids:
            get(db, viewer, upload_id).session_id = session_id


def clear_expired(library: Library) -> int:
    """Remove uploads that nobody continued or used in time; gives their number."""
    with library.transaction() as db:
        expired = db.scalars(select(Upload).where(Upload.expires_at < now())).all()
        for upload in expired:
            db.delete(upload)
        db.flush()
        unused = sessions.unused_hashes(db, [u.sha256 for u in expired if u.sha256])
    for upload in expired:
        library.files.incoming(upload.id).unlink(missing_ok=True)
    sessions.forget_files(library, unused)
    return len(expired)
