"""Received bytes of uploads (tus 1.0), appended to a file.

The size of the file on disk is the upload offset.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from library.access import Viewer
from library.capture import quota, uploads
from library.capture.file_signatures import HEAD
from library.capture.file_types import kind_of
from library.capture.quota import in_words
from library.errors import ConflictError, InvalidInputError, TooLargeError
from library.files import convert_disk_errors
from library.models import Upload, now
from library.store import Library
from library.translation import mark, ngettext

CHECKSUMS = ("sha1", "sha256")  # algorithms that an announced checksum may use

_TOO_MANY = mark(
    "More bytes arrived than were announced or than the library accepts. The limit is %(limit)s. "
    "The bytes that arrived before are kept. Send the announced number of bytes, or a smaller file."
)


class ChecksumError(InvalidInputError):
    """Error for uploaded bytes that do not match their checksum."""

    message = mark(
        "Uploaded bytes do not match their checksum. They were discarded. Send them again."
    )


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
    """Write bytes to an upload at *offset*, the end of the bytes received before.

    Bytes that arrive before a connection error are kept. With a *checksum* (algorithm, digest),
    bytes are kept only if all of them arrive and match it. *size* sets the total size of a growing
    upload, in bytes. *coming* is the announced number of bytes of this request. If this number
    exceeds the limit, the request is refused before any byte is read.

    Raises:
        NotFoundError: *viewer* has no upload with this id.
        ConflictError: *offset* is not the end of the received bytes, or another request writes to
            the upload.
        TooLargeError: more bytes arrived than were announced or are allowed.
        ChecksumError: the bytes do not match the checksum.
        InvalidInputError: the first bytes show an unsupported type; nothing is kept.
    """
    with library.reading() as db:
        upload = uploads.get(db, viewer, upload_id)
    if upload.sha256 is not None and offset == upload.size:
        return upload  # complete already: the response to the last request was lost
    path = library.files.incoming(upload_id)
    with path.open("r+b") as out, _locked(out):
        upload = _announced(library, viewer, upload_id, size)
        if offset != upload.received:
            raise ConflictError(
                ngettext(
                    "The upload has %(num)s byte, but the request starts at byte %(offset)s. "
                    "Continue at byte %(num)s.",
                    "The upload has %(num)s bytes, but the request starts at byte %(offset)s. "
                    "Continue at byte %(num)s.",
                    upload.received,
                    offset=offset,
                )
            )
        limit = _limit(library, upload)
        if offset + coming > limit:
            raise TooLargeError(_TOO_MANY, limit=in_words(limit))
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
    """Check the file type once the first bytes have arrived. Delete an unsupported upload."""
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
    """Return the upload. If its total size is unknown and *size* is given, set the total size.

    Raises:
        ConflictError: *size* differs from the known total size, or more bytes have arrived.
    """
    if size is None:
        with library.reading() as db:
            return uploads.get(db, viewer, upload_id)
    with library.transaction() as db:
        upload = uploads.get(db, viewer, upload_id)
        if upload.size is None:
            if size < upload.received or not size:
                raise ConflictError(
                    ngettext(
                        "%(num)s byte has arrived already. Announce at least this number of bytes.",
                        "%(num)s bytes have arrived already. Announce at least this number of "
                        "bytes.",
                        upload.received,
                    )
                )
            upload.size = size
        elif size != upload.size:
            raise ConflictError(
                ngettext(
                    "This upload was announced with %(num)s byte. Send this number of bytes, or "
                    "start the upload again.",
                    "This upload was announced with %(num)s bytes. Send this number of bytes, or "
                    "start the upload again.",
                    upload.size,
                )
            )
    return upload


def _limit(library: Library, upload: Upload) -> int:
    """Return the maximum total size of the upload in bytes."""
    most = library.settings.max_upload_bytes
    if upload.size is not None:
        return min(upload.size, most) if upload.capture else upload.size
    with library.reading() as db:
        left = quota.quota_of(db, library.settings, upload.person_id).left
    return most if left is None else min(most, upload.received + left)


@contextmanager
def _locked(file: BinaryIO) -> Iterator[None]:
    """Lock the file inside the context, so that only one request writes to it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConflictError(
            "Another window is sending this file. Wait a moment, then continue."
        ) from error
    yield


def _write(
    out: BinaryIO,
    start: int,
    limit: int,
    pieces: Iterable[bytes],
    checksum: tuple[str, bytes] | None,
) -> None:
    """Write pieces to the file from byte *start* to at most byte *limit*.

    If the connection breaks, the written bytes stay, unless a checksum was given.

    Raises:
        TooLargeError: there are bytes after *limit*. No byte of this request stays in the file.
        ChecksumError: the bytes do not match the checksum. No byte of this request stays.
    """
    position = start
    digest = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
    out.truncate(start)
    out.seek(start)
    complete = False
    try:
        with convert_disk_errors():
            for piece in pieces:
                position += len(piece)
                if position > limit:
                    raise TooLargeError(_TOO_MANY, limit=in_words(limit))
                if digest is not None:
                    digest.update(piece)
                out.write(piece)
            complete = True
    finally:
        trusted = complete and (
            digest is None or checksum is None or digest.digest() == checksum[1]
        )
        with convert_disk_errors():
            if not trusted and (digest is not None or position > limit):
                out.truncate(start)
            out.flush()
            os.fsync(out.fileno())
    if not trusted:
        raise ChecksumError
