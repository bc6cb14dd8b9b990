"""The bytes of an upload as they arrive, piece by piece (tus 1.0): what is on disk counts."""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from library.access import Viewer
from library.capture import quota, uploads
from library.capture.quota import in_words
from library.editing.recognition import kind_of
from library.editing.signatures import HEAD
from library.errors import ConflictError, InvalidInputError, TooLargeError
from library.files import storage_errors
from library.models import Upload, now
from library.store import Library

CHECKSUMS = ("sha1", "sha256")  # algorithms that an announced checksum may use

_TOO_MANY = (
    "More bytes came than were announced or than there is room for: {}. "
    "What arrived before is kept."
)


class ChecksumError(InvalidInputError):
    """The bytes changed on their way here. Nothing was kept of them; send them again."""


def append(
    library: Library,
    viewer: Viewer,
    upload_id: str,
    *,
    offset: int,
    pieces: Iterable[bytes],
    checksum: tuple[str, bytes] | None = None,
    size: int | None = None,
    coming: int = 0,
) -> Upload:
    """Write bytes at *offset*, which must be where the last ones ended.

    What was written counts even when the connection breaks in the middle, unless a checksum
    (algorithm, digest) was announced that it does not match. *size* ends a growing upload: so
    many bytes it has in all. *coming* is the announced number of bytes, if it was announced: too
    many are refused before the first of them is read.

    Raises:
        NotFoundError: there is no such upload of this person's.
        ConflictError: *offset* is not where the upload stands, or another request writes to it.
        TooLargeError: more bytes came than were announced or can be taken.
        ChecksumError: the bytes are not those that were sent.
        InvalidInputError: its first bytes tell that it is no recording; then nothing is kept.
    """
    with library.reading() as db:
        upload = uploads.get(db, viewer, upload_id)
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
        limit = _limit(library, upload)
        if offset + coming > limit:
            raise TooLargeError(_TOO_MANY.format(in_words(limit)))
        try:
            _write(out, offset, limit, pieces, checksum)
        finally:
            with library.transaction() as db:
                upload = uploads.get(db, viewer, upload_id)
                upload.received = path.stat().st_size
                kept_for = uploads.KEPT_FOR if upload.capture is None else uploads.GROWING_FOR
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
        uploads.abandon(library, viewer, upload.id)
        raise


def _announced(library: Library, viewer: Viewer, upload_id: str, size: int | None) -> Upload:
    """The upload, whose size is known from now on if *size* says it."""
    if size is None:
        with library.reading() as db:
            return uploads.get(db, viewer, upload_id)
    with library.transaction() as db:
        upload = uploads.get(db, viewer, upload_id)
        if upload.size is None:
            if size < upload.received or not size:
                raise ConflictError(
                    f"{upload.received} bytes have arrived already; it cannot end before that."
                )
            upload.size = size
        elif size != upload.size:
            raise ConflictError(
                f"This upload was announced with {upload.size} bytes. "
                "Send as many, or start it again."
            )
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
                    raise TooLargeError(_TOO_MANY.format(in_words(limit)))
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
