"""Checkpoints of speech recognition: finished audio blocks of an incomplete transcript."""

from typing import Any

from sqlalchemy import delete, select

from library.models import Source, TranscriptionCheckpoint
from library.store import Transaction


def for_source(db: Transaction, source_id: int) -> list[dict[str, Any]]:
    """Return the finished audio blocks of a recording, in order."""
    return list(
        db.scalars(
            select(TranscriptionCheckpoint.content)
            .where(TranscriptionCheckpoint.source_id == source_id)
            .order_by(TranscriptionCheckpoint.number)
        )
    )


def save(db: Transaction, source: Source, number: int, content: dict[str, Any]) -> None:
    """Save a finished audio block as block *number*. Reset the source's counts of attempts."""
    db.merge(TranscriptionCheckpoint(source_id=source.id, number=number, content=content))
    source.attempts, source.crashes = 1, 0


def delete_for_source(db: Transaction, source_id: int) -> None:
    """Delete all checkpoints of a recording."""
    db.execute(
        delete(TranscriptionCheckpoint).where(TranscriptionCheckpoint.source_id == source_id)
    )
