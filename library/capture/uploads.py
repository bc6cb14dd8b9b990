"""Uploads in resumable pieces (tus 1.0): what has arrived is on disk and counted in its row."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO

from sqlalchemy import select

from library.access import Viewer
from library.capture import quota
from library.capture.intake import KeptFile
from library.capture.quota import in_words
from library.editing.recognition import HEAD, kind_of
from library.errors import ConflictError, InvalidInputError, NotFoundError, TooLargeError
from library.files import Files, storage_errors
from library.holdings import sessions
from library.models import Upload, now
from library.settings import Settings
from library.store import Library, Transaction

CHECKSUMS = ("sha1", "sha256")  # algorithms that an announced checksum may use

KEPT_FOR = timedelta(days=7)  # an unfinished upload can be continued for this long
GROWING_FOR = timedelta(days=30)  # a recording cannot be made again


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


def begin(library: Library, person_id: int, *, filename: str, size: int | None) -> Upload:
    """A new upload of *size* bytes, with nothing received yet; None: it grows until it is ended.

    Raises:
        InvalidInputError: it is empty, or its name is of something that is no recording.
        TooLargeError: it cannot be taken.
    """
    kind_of(filename)
    quota.check(library, person_id, size or 1)
    if size is not None:
        check_size(library.settings, library.files, size)
    upload = Upload(
        id=secrets.token_hex(16),
        person_id=person_id,
        filename=filename[:300] or "recording",
        size=size,
        received=0,
        expires_at=now() + (KEPT_FOR if size else GROWING_FOR),
        capture=None if size else {"seconds": 0.0, "chapters": []},
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


def begun(db: Transaction, viewer: Viewer) -> Sequence[Upload]:
    """A person's files that are on their way in or wait to become a session, newest first."""
    return db.scalars(
        select(Upload)
        .where(
            Upload.person_id == viewer.person_id,
            Upload.capture.is_(None),
            Upload.session_id.is_(None),
            Upload.expires_at >= now(),
        )
        .order_by(Upload.created_at.desc())
    ).all()


def append(
    library: Library,
    viewer: Viewer,
    upload_id: str,
    *,
    offset: int,
    pieces: Iterable[bytes],
    checksum: tuple[str, bytes] | None = None,
    size: int | None = None,
) -> Upload:
    """Write bytes at *offset*, which must be where the last ones ended.

    What was written counts even when the connection breaks in the middle, unless a checksum
    (algorithm, digest) was announced that it does not match. *size* ends a growing upload: so
    many bytes it has in all.

    Raises:
        NotFoundError: there is no such upload of this person's.
        ConflictError: *offset* is not where the upload stands, or another request writes to it.
        TooLargeError: more bytes came than were announced or can be taken.
        ChecksumError: the bytes are not those that were sent.
        InvalidInputError: its first bytes tell that it is no recording; then nothing is kept.
    """
    with library.reading() as db:
        upload = get(db, viewer, upload_id)
    if upload.sha256 is not None and offset == upload.size:
        return upload  # complete already; the answer to the last piece got lost on its way
    path = library.files.incoming(upload_id)
    with path.open("r+b") as out, _locked(out):
        upload = _announced(library, viewer, upload_id, size)
        if offset != upload.received:
            raise ConflictError(
                f"The upload stands at {upload.received} bytes, not at {offset}. "
                "Continue from there."
            )
        try:
            _write(out, offset, _limit(library, upload), pieces, checksum)
        finally:
            with library.transaction() as db:
                upload = get(db, viewer, upload_id)
                upload.received = path.stat().st_size
                kept_for = KEPT_FOR if upload.capture is None else GROWING_FOR
                upload.expires_at = max(upload.expires_at, now() + kept_for)
    if offset < HEAD:
        _require_useful(library, viewer, upload)
    return upload


def _require_useful(library: Library, viewer: Viewer, upload: Upload) -> None:
    """Look at the first bytes as soon as they are here, so that the rest need not travel."""
    if upload.received < HEAD and upload.received != upload.size:
        return
    with library.files.incoming(upload.id).open("rb") as file:
        head = file.read(HEAD)
    try:
        kind_of(upload.filename, head)
    except InvalidInputError:
        abandon(library, viewer, upload.id)
        raise


def _announced(library: Library, viewer: Viewer, upload_id: str, size: int | None) -> Upload:
    """The upload, whose size is known from now on if *size* says it."""
    if size is None:
        with library.reading() as db:
            return get(db, viewer, upload_id)
    with library.transaction() as db:
        upload = get(db, viewer, upload_id)
        if upload.size is None:
            if size < upload.received or not size:
                raise ConflictError(
                    f"{upload.received} bytes have arrived already; it cannot end before that."
                )
            upload.size = size
        elif size != upload.size:
            raise ConflictError(f"This upload was announced with {upload.size} bytes.")
    return upload


def _limit(library: Library, upload: Upload) -> int:
    """Bytes that the upload may have in all."""
    most = library.settings.max_upload_bytes
    if upload.size is not None:
        return min(upload.size, most) if upload.capture else upload.size
    with library.reading() as db:
        left = quota.room_of(db, library.settings, upload.person_id).left
    return most if left is None else min(most, upload.received + left)


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
    out: BinaryIO,
    start: int,
    limit: int,
    pieces: Iterable[bytes],
    checksum: tuple[str, bytes] | None,
) -> None:
    """Write pieces at *start*, up to *limit*; on an error keep what can be trusted of them."""
    position = start
    digest = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
    out.truncate(start)
    out.seek(start)
    complete = False
    try:
        with storage_errors():
            for piece in pieces:
                position += len(piece)
                if position > limit:
                    raise TooLargeError(
                        f"More bytes came than were announced or than there is room for: "
                        f"{in_words(limit)}. What arrived before is kept."
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
            if not trusted and (digest is not None or position > limit):
                out.truncate(start)
            out.flush()
            os.fsync(out.fileno())
    if not trusted:
        raise ChecksumError


def hold(library: Library, viewer: Viewer, file: KeptFile) -> Upload:
    """Remember a file that came in one piece and is kept already, until it becomes a session.

    Raises:
        TooLargeError: its person has no room for it; its bytes are forgotten again.
    """
    try:
        quota.check(library, viewer.person_id, file.size)
    except TooLargeError:
        with library.reading() as db:
            unused = sessions.unused_hashes(db, [file.sha256])
        sessions.forget_files(library, unused)
        raise
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
        return upload.sha256, upload.received, upload.filename
    if upload.received != upload.size:
        whole = f" of {in_words(upload.size)}" if upload.size is not None else ""
        raise ConflictError(
            f"{in_words(upload.received)}{whole} have arrived. Continue the upload first."
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
            upload = get(db, viewer, upload_id)
            upload.session_id, upload.capture = session_id, None


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
