"""Uploads (tus 1.0): begun, found again, kept when complete, and cleared when nobody goes on."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Select, func, select

from library.access import Viewer
from library.capture import quota
from library.capture.intake import KeptFile
from library.capture.quota import in_words
from library.editing.recognition import kind_of
from library.errors import ConflictError, NotFoundError, TooLargeError
from library.files import storage_errors
from library.holdings import sessions
from library.models import Upload, now
from library.store import Library, Transaction

KEPT_FOR = timedelta(days=7)  # an unfinished upload can be continued for this long
UNSENT_FOR = timedelta(days=1)  # one of which no byte has come
MOST_OPEN = 100  # of a person that are not complete
GROWING_FOR = timedelta(days=30)  # a recording cannot be made again


def begin(library: Library, person_id: int, *, filename: str, size: int | None) -> Upload:
    """A new upload of *size* bytes, with nothing received yet; None: it grows until it is ended.

    Raises:
        InvalidInputError: it is empty, or its name is of something that is no recording.
        TooLargeError: it cannot be taken.
        ConflictError: this person has too many that are not complete.
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


def hold(library: Library, viewer: Viewer, file: KeptFile) -> tuple[Upload, bool]:
    """Remember a file that came in one piece and is kept already, until it becomes a session.

    Returns:
        The upload, and whether it is new: the same file of the same person waits once.

    Raises:
        TooLargeError: its person has no room for it; its bytes are forgotten again.
    """
    with library.reading() as db:
        known = db.scalar(_waiting(viewer, file.sha256))
    if known is None:
        _require_room(library, viewer, file)
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
    """A person's upload of these bytes that is to become a session."""
    return select(Upload).where(
        Upload.person_id == viewer.person_id,
        Upload.sha256 == sha256,
        Upload.session_id.is_(None),
        Upload.expires_at >= now(),
    )


def _require_room(library: Library, viewer: Viewer, file: KeptFile) -> None:
    try:
        quota.check(library, viewer.person_id, file.size)
    except TooLargeError:
        with library.reading() as db:
            unused = sessions.unused_hashes(db, [file.sha256])
        sessions.forget_files(library, unused)
        raise


def _require_few(library: Library, person_id: int) -> None:
    opened = select(func.count(Upload.id)).where(
        Upload.person_id == person_id,
        Upload.sha256.is_(None),
        Upload.session_id.is_(None),
        Upload.expires_at >= now(),
    )
    with library.reading() as db:
        if (db.scalar(opened) or 0) >= MOST_OPEN:
            raise ConflictError(
                f"{MOST_OPEN} of your uploads are not complete. Finish one, or remove it on the "
                "page for adding, before you begin another."
            )


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


def let_go(library: Library, upload_ids: Iterable[str]) -> None:
    """Forget uploads that came with a refused request, and their bytes unless they are needed."""
    with library.transaction() as db:
        waiting = select(Upload).where(Upload.id.in_(list(upload_ids)), Upload.session_id.is_(None))
        found = db.scalars(waiting).all()
        for upload in found:
            db.delete(upload)
        db.flush()
        unused = sessions.unused_hashes(db, [u.sha256 for u in found if u.sha256])
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
