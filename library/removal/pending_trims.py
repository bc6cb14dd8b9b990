"""Recordings whose sound still contains redacted ranges, which the worker has to cut out."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from sqlalchemy import select, update

from library.errors import ConflictError
from library.models import Redaction, Source, now
from library.sessions import erasure
from library.sessions.erasure import ErasurePlan, RemovalSubject
from library.store import Transaction
from library.translation import mark


class BeingTrimmedError(ConflictError):
    """Error for sound that still contains a redacted range."""

    message = mark(
        "A part of this recording is being removed. You can play the recording when this is done."
    )


def being_trimmed(db: Transaction, source_id: int) -> bool:
    """Return whether the sound of a source still contains a redacted range."""
    return bool(untrimmed(db, source_id))


def require_trimmed(db: Transaction, source_id: int) -> None:
    """Require that the sound of a source contains no redacted range.

    Call it before sound is served or cut.

    Raises:
        BeingTrimmedError: the worker has not rewritten the recording yet.
    """
    if being_trimmed(db, source_id):
        raise BeingTrimmedError


def untrimmed(db: Transaction, source_id: int) -> Sequence[Redaction]:
    """Return the redactions whose range is still in the sound of a source, ordered by start."""
    return db.scalars(
        select(Redaction)
        .where(Redaction.source_id == source_id, Redaction.trimmed_at.is_(None))
        .order_by(Redaction.start)
    ).all()


def trimmed(
    db: Transaction, source: Source, ids: Sequence[int], *, sha256: str, size: int, media_type: str
) -> None:
    """Store the rewritten file of a recording and plan the deletion of the old files.

    Args:
        db: the transaction.
        source: the recording.
        ids: ids of the redactions that the new file no longer contains.
        sha256: SHA-256 of the new file.
        size: size of the new file, in bytes.
        media_type: media type of the new file.
    """
    old = [h for h in (source.sha256, source.web_sha256) if h and h != sha256]
    suffix = {"audio/flac": ".flac", "video/mp4": ".mp4"}[media_type]
    source.filename = str(PurePosixPath(source.filename).with_suffix(suffix))
    source.sha256, source.size, source.media_type = sha256, size, media_type
    source.web_sha256, source.web_media_type = None, None
    source.has_video = media_type.startswith("video/")
    db.execute(update(Redaction).where(Redaction.id.in_(ids)).values(trimmed_at=now()))
    db.flush()
    about = RemovalSubject(session_id=source.session_id, sources=[source.id])
    erasure.plan(db, "sound", about, ErasurePlan(taken_back=old))
