"""Uploads (tus 1.0): create, find, finish, and delete when expired."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Select, func, select

from library.access import Viewer
from library.capture import quota
from library.capture.file_types import kind_of
from library.capture.intake import KeptFile
from library.capture.quota import in_words
from library.errors import ConflictError, NotFoundError, TooLargeError
from library.files import convert_disk_errors
from library.models import Upload, now
from library.sessions import sessions
from library.store import Library, Transaction
from library.translation import gettext

KEPT_FOR = timedelta(days=7)  # an unfinished upload can be continued for this long
UNSENT_FOR = timedelta(days=1)  # lifetime of an upload of which no byte has arrived
MOST_OPEN = 100  # incomplete uploads of one person
GROWING_FOR = timedelta(days=30)  # lifetime of a browser recording, which cannot be repeated


def begin(library: Library, person_id: int, *, filename: str, size: int | None) -> Upload:
    """Create an upload of *size* bytes. *size* is None for a browser recording, which still grows.

    Raises:
        InvalidInputError: the file is empty, or its name has an unsupported type.
        TooLargeError: the file is over a limit.
        ConflictError: the person has too many incomplete uploads.
    """
    kind_of(filename)
    _require_few(library, person_id)
    quota.check(library, person_id, size or 1)
    if size is not None:
        quota.check_size(library.settings, library.files, size)
    upload = Upload(
        id=secrets.token_hex(16),
        person_id=person_id,
        filename=filename[:300] or "recording",
        size=size,
        received=0,
        expires_at=now() + (UNSENT_FOR if size else GROWING_FOR),
        capture=None if size else {"seconds": 0.0, "chapters": []},
    )
    with library.transaction() as db:
        db.add(upload)
    with convert_disk_errors():
        library.files.incoming(upload.id).touch()
    return upload


def get(db: Transaction, viewer: Viewer, upload_id: str) -> Upload:
    """Return an upload of *viewer*.

    Raises:
        NotFoundError: *viewer* has no upload with this id, or it has expired.
    """
    upload = db.get(Upload, upload_id)
    if upload is None or upload.person_id != viewer.person_id or upload.expires_at < now():
        raise NotFoundError("This upload no longer exists. Start it again.")
    return upload


def unfinished_uploads(db: Transaction, viewer: Viewer) -> Sequence[Upload]:
    """Return uploads of *viewer* that are not part of a session yet, newest first.

    Browser recordings are left out.
    """
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


def keep_single_request_file(
    library: Library, viewer: Viewer, file: KeptFile
) -> tuple[Upload, bool]:
    """Record a file that arrived in one request as an upload, until a session uses it.

    Returns:
        The upload, and whether it is new. Equal bytes of one person have one upload.

    Raises:
        TooLargeError: the quota is too small; the bytes are deleted.
    """
    with library.reading() as db:
        known = db.scalar(_waiting(viewer, file.sha256))
    if known is None:
        _require_free_space(library, viewer, file)
    with library.transaction() as db:
        if known is not None and (upload := db.get(Upload, known.id)) is not None:
            upload.filename, upload.expires_at = file.filename, now() + KEPT_FOR
            return upload, False
        upload = Upload(
            id=secrets.token_hex(16),
            person_id=viewer.person_id,
            filename=file.filename,
            size=file.size,
            received=file.size,
            sha256=file.sha256,
            expires_at=now() + KEPT_FOR,
        )
        db.add(upload)
    return upload, True


def _waiting(viewer: Viewer, sha256: str) -> Select[Upload]:
    """Return a query for the upload of *viewer* with this hash that no session uses yet."""
    return select(Upload).where(
        Upload.person_id == viewer.person_id,
        Upload.sha256 == sha256,
        Upload.session_id.is_(None),
        Upload.expires_at >= now(),
    )


def _require_free_space(library: Library, viewer: Viewer, file: KeptFile) -> None:
    try:
        quota.check(library, viewer.person_id, file.size)
    except TooLargeError:
        with library.reading() as db:
            unused = sessions.unused_hashes(db, [file.sha256])
        sessions.forget_files(library, unused)
        raise


def _require_few(library: Library, person_id: int) -> None:
    incomplete = select(func.count(Upload.id)).where(
        Upload.person_id == person_id,
        Upload.sha256.is_(None),
        Upload.session_id.is_(None),
        Upload.expires_at >= now(),
    )
    with library.reading() as db:
        if (db.scalar(incomplete) or 0) >= MOST_OPEN:
            raise ConflictError(
                "%(number)s of your uploads are not complete. Finish one, or remove one on the "
                "page “Add a session”, before you start another.",
                number=MOST_OPEN,
            )


def finish(library: Library, viewer: Viewer, upload_id: str) -> tuple[str, int, str]:
    """Store the bytes of a complete upload; return SHA-256, size in bytes, and file name.

    The call is idempotent.

    Raises:
        ConflictError: bytes are missing.
        NotFoundError: *viewer* has no upload with this id.
    """
    with library.reading() as db:
        upload = get(db, viewer, upload_id)
    if upload.sha256 is not None:
        return upload.sha256, upload.received, upload.filename
    if upload.received != upload.size:
        raise ConflictError(_incomplete(upload))
    path = library.files.incoming(upload_id)
    if not path.exists():
        raise NotFoundError("This upload no longer exists. Start it again.")
    sha256, size = library.files.adopt(path)
    with library.transaction() as db:
        get(db, viewer, upload_id).sha256 = sha256
    return sha256, size, upload.filename


def abandon(library: Library, viewer: Viewer, upload_id: str) -> None:
    """Cancel an upload and delete its bytes.

    Raises:
        NotFoundError: *viewer* has no upload with this id.
    """
    with library.transaction() as db:
        upload = get(db, viewer, upload_id)
        db.delete(upload)
        db.flush()
        unused = sessions.unused_hashes(db, [upload.sha256] if upload.sha256 else [])
    library.files.incoming(upload_id).unlink(missing_ok=True)
    sessions.forget_files(library, unused)


def discard(library: Library, upload_ids: Iterable[str]) -> None:
    """Delete uploads of a refused request. Delete their bytes if no session needs them."""
    with library.transaction() as db:
        waiting = select(Upload).where(Upload.id.in_(list(upload_ids)), Upload.session_id.is_(None))
        found = db.scalars(waiting).all()
        for upload in found:
            db.delete(upload)
        db.flush()
        unused = sessions.unused_hashes(db, [u.sha256 for u in found if u.sha256])
    sessions.forget_files(library, unused)


def attach_to_session(
    db: Transaction, viewer: Viewer, upload_ids: Iterable[str], session_id: int
) -> None:
    """Record that a session uses uploads, in the transaction that creates the session.

    A crash then leaves neither a session without its uploads nor an upload that is used twice.

    Raises:
        NotFoundError: *viewer* has no upload with one of these ids.
    """
    for upload_id in upload_ids:
        upload = get(db, viewer, upload_id)
        upload.session_id, upload.capture = session_id, None


def clear_expired(library: Library) -> int:
    """Delete expired uploads and return their number."""
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


def _incomplete(upload: Upload) -> str:
    if upload.size is None:
        return gettext(
            "%(received)s have arrived. Continue the upload first.",
            received=in_words(upload.received),
        )
    return gettext(
        "%(received)s of %(size)s have arrived. Continue the upload first.",
        received=in_words(upload.received),
        size=in_words(upload.size),
    )
