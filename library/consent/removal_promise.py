"""Promise in a removal receipt: three lines that say what is erased and by when."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from library import translation
from library.translation import english_ngettext, gettext, mark

HIDDEN = timedelta(seconds=1)
STORED_DAYS = re.compile(r".* backups, which are kept for (\d+) days?\.")
NOT_COVERED = mark(
    "Exports, packages, transcripts, clips and recordings that people downloaded before. "
    "The library cannot remove these."
)


def lines(removed_at: datetime, due_at: datetime, keep_days: int | None) -> list[dict[str, Any]]:
    """Return the three lines of the promise, as dictionaries that receipts store.

    Args:
        removed_at: time of the removal (UTC).
        due_at: time by which the content is erased from the disk (UTC).
        keep_days: days for which backups are kept; 0: no limit; None: no backup contains the data.
    """
    last_backup_on = (
        (removed_at + timedelta(days=keep_days)).date().isoformat() if keep_days else None
    )
    return [
        {
            "line": 1,
            "what": mark("No one can find, read or hear it."),
            "by": _written(removed_at + HIDDEN),
        },
        {
            "line": 2,
            "what": mark(
                "It is erased from the database files, the index folder and all stored files."
            ),
            "by": _written(due_at),
        },
        {
            "line": 3,
            "what": _of_backups(keep_days),
            "by": last_backup_on,
        },
    ]


def translated(what: str) -> str:
    """Return the translation of a line of the promise. Receipts store lines in English."""
    if match := STORED_DAYS.fullmatch(what):
        return _kept_for(int(match[1]), translation.ngettext)
    return gettext(what)


def _of_backups(keep_days: int | None) -> str:
    if keep_days is None:
        return mark("No backup contains it.")
    if keep_days == 0:
        return mark("Earlier backups contain it for as long as the administrator keeps them.")
    return _kept_for(keep_days, english_ngettext)


def _kept_for(days: int, ngettext: Callable[[str, str, int], str]) -> str:
    """Return the line about backups that are kept for *days* days.

    *ngettext* chooses the language. `pybabel extract` finds the sentences by the name of this
    parameter.
    """
    return ngettext(
        "It is gone from earlier backups, which are kept for %(num)s day.",
        "It is gone from earlier backups, which are kept for %(num)s days.",
        days,
    )


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
