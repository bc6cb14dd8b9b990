"""Recordings that still hold in their sound what is off the record, and what became of them."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from sqlalchemy import select, update

from library.errors import ConflictError
from library.holdings import erasure
from library.holdings.erasure import About, Going
from library.models import Redaction, Source, now
from library.store import Transaction


class BeingTrimmedError(ConflictError):
    """This recording is being trimmed. It can be heard again when that is done."""


def being_trimmed(db: Transaction, source_id: int) -> bool:
    """Whether the sound of a source still holds what is off the record."""
    return bool(untrimmed(db, source_id))


def require_trimmed(db: Transaction, source_id: int) -> None:
    """Let nobody hear what is off the record: for everything that serves or cuts sound.

    Raises:
        BeingTrimmedError: the worker has not written the recording anew yet.
    """
    if being_trimmed(db, source_id):
        raise BeingTrimmedError


def untrimmed(db: Transaction, source_id: int) -> Sequence[Redaction]:
    """What is off the record and still in the sound of a source."""
    return db.scalars(
        select(Redaction)
        .where(Redaction.source_id == source_id, Redaction.trimmed_at.is_(None))
        .order_by(Redaction.start)
    ).all()


def trimmed(
    db: Transaction, source: Source, ids: Sequence[int], *, sha256: str, size: int, media_type: str
) -> None:
    """Note that the worker has written a recording anew; the old files have to go from the disk.

    Args:
        db: the transaction.
        source: the recording.
        ids: of what it has lost now.
        sha256: of the new file.
        size: of the new file, in bytes.
        media_type: of the new file.
    """
    old = [h for h in (source.sha256, source.web_sha256) if h and h != sha256]
    suffix = {"audio/flac": ".flac", "video/mp4": ".mp4"}[media_type]
    source.filename = str(PurePosixPath(source.filename).with_suffix(suffix))
    source.sha256, source.size, source.media_type = sha256, size, media_type
    source.web_sha256, source.web_media_type = None, None
    source.has_video = media_type.startswith("video/")
    db.execute(update(Redaction).where(Redaction.id.in_(ids)).values(trimmed_at=now()))
    db.flush()
    about = About(session_id=source.session_id, sources=[source.id])
    erasure.plan(db, "sound", about, Going(taken_back=old))
