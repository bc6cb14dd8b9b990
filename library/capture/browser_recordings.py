"""Browser recordings: uploads that grow while a person speaks."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from library.access import Viewer
from library.capture import uploads
from library.errors import ConflictError, InvalidInputError
from library.models import Source, Upload, now
from library.sessions import chapters
from library.store import Library, Transaction


def unfinished(db: Transaction, viewer: Viewer) -> Sequence[Upload]:
    """Return browser recordings of *viewer* that are not part of a session yet, newest first."""
    return db.scalars(
        select(Upload)
        .where(
            Upload.person_id == viewer.person_id,
            Upload.capture.is_not(None),
            Upload.session_id.is_(None),
            Upload.expires_at >= now(),
        )
        .order_by(Upload.created_at.desc())
    ).all()


def note(library: Library, viewer: Viewer, upload_id: str, given: dict[str, Any]) -> None:
    """Store the present length and the chapters of an unfinished recording.

    Raises:
        NotFoundError: *viewer* has no recording with this id.
        InvalidInputError: *given* is not `{"seconds": 12.5, "chapters": [[0, "Title"], …]}`.
    """
    seconds = given.get("seconds")
    if not isinstance(seconds, int | float) or not 0 <= seconds < 1e6:
        raise InvalidInputError("Send the length of the recording in seconds, as a number.")
    marks = chapters.validated(given.get("chapters"))
    with library.transaction() as db:
        upload = uploads.get(db, viewer, upload_id)
        upload.capture = {"seconds": round(float(seconds), 3), "chapters": marks}


def close(library: Library, viewer: Viewer, upload_id: str) -> str:
    """End a recording, store the received bytes, and return their SHA-256.

    Raises:
        NotFoundError: *viewer* has no recording with this id.
        ConflictError: no byte of the recording has arrived yet.
    """
    with library.transaction() as db:
        upload = uploads.get(db, viewer, upload_id)
        if not upload.received:
            raise ConflictError("Nothing of this recording has arrived yet. Record it again.")
        if upload.size is None:
            upload.size = upload.received
    return uploads.finish(library, viewer, upload_id)[0]


def hand_over_chapters(db: Transaction, held: Sequence[Upload], source_ids: Sequence[int]) -> None:
    """Copy chapters of the recordings *held* to the sources *source_ids* with equal SHA-256.

    Sources with another SHA-256 stay unchanged.
    """
    marks = {u.sha256: u.capture.get("chapters", []) for u in held if u.capture}
    for source_id in source_ids:
        source = db.get_one(Source, source_id)
        if of_source := marks.get(source.sha256):
            chapters.replace(db, source, chapters.validated([list(mark) for mark in of_source]))
