"""The stretches of a recording that Whisper has finished, until its transcript is whole."""

from typing import Any

from sqlalchemy import delete, select

from library.models import HeardBlock, Source
from library.store import Transaction


def of(db: Transaction, source_id: int) -> list[dict[str, Any]]:
    """The stretches of a recording that Whisper has finished, in order."""
    return list(
        db.scalars(
            select(HeardBlock.content)
            .where(HeardBlock.source_id == source_id)
            .order_by(HeardBlock.number)
        )
    )


def keep(db: Transaction, source: Source, number: int, content: dict[str, Any]) -> None:
    """Keep a finished stretch; the same number again takes its place. Tries count afresh."""
    db.merge(HeardBlock(source_id=source.id, number=number, content=content))
    source.attempts, source.crashes = 1, 0


def forget(db: Transaction, source_id: int) -> None:
    """Forget what Whisper has heard of a recording so far."""
    db.execute(delete(HeardBlock).where(HeardBlock.source_id == source_id))
