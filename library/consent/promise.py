"""What the library promises when something is removed for good: three lines, each with its time."""

from datetime import datetime, timedelta
from typing import Any

HIDDEN = timedelta(seconds=1)
NOT_COVERED = (
    "Exports, packages, transcripts, clips and recordings that people downloaded before. "
    "They are out of the library's reach."
)


def lines(removed_at: datetime, due_at: datetime, keep_days: int | None) -> list[dict[str, Any]]:
    """Return the three lines, as receipts hold them.

    Args:
        removed_at: when it was removed.
        due_at: when nothing of it may be on the disk any more.
        keep_days: how many days backups are kept; 0: without limit, None: it is in none.
    """
    gone = (removed_at + timedelta(days=keep_days)).date().isoformat() if keep_days else None
    return [
        {
            "line": 1,
            "what": "Nobody can find, read or hear it.",
            "by": _written(removed_at + HIDDEN),
        },
        {
            "line": 2,
            "what": "It is gone from the database's files, the index folder and all stored files.",
            "by": _written(due_at),
        },
        {
            "line": 3,
            "what": _of_backups(keep_days),
            "by": gone,
        },
    ]


def _of_backups(keep_days: int | None) -> str:
    if keep_days is None:
        return "It was in no backup."
    if keep_days == 0:
        return "Backups that were made before hold it for as long as the administrator keeps them."
    return f"It is gone from backups made before, which are kept for {keep_days} days."


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
