"""The library's condition: what can be searched, its room, its work, its backup."""

from markupsafe import Markup

from library.capture.quota import in_words
from library.models import State, now
from library.overview.condition import BACKUP_DUE, Condition
from web.pictures import bars
from web.pictures.bars import Bar
from web.pictures.svg import ACCENT, ALARM

DAY = 86_400  # seconds


def drawn(found: Condition, addresses: dict[str, str]) -> Markup:
    """The picture for a desk and for a phone.

    Args:
        found: how the library is.
        addresses: where `sessions`, `work` and `health` are.
    """
    rows = [
        Bar(
            name="Searchable",
            length=found.searchable / found.total if found.total else 0,
            says=f"{found.searchable} of {found.total} sessions",
            address=addresses["sessions"],
            rail=True,
        ),
        _room(found),
        _work(found, addresses["work"]),
        _backup(found, addresses["health"]),
    ]
    return bars.drawn(
        rows,
        title="The condition of the library",
        about="; ".join(f"{b.name}: {b.says}" for b in rows),
    )


def age(found: Condition) -> str:
    """How old the newest backup is, in words."""
    if found.last_backup is None:
        return "none was made yet"
    days = int((now() - found.last_backup).total_seconds() // DAY)
    return {0: "less than a day old", 1: "1 day old"}.get(days, f"{days} days old")


def _room(found: Condition) -> Bar:
    whole = found.kept_bytes + found.free_bytes
    share = found.kept_bytes / whole if whole else 0
    return Bar(
        name="Originals on the disk",
        length=share,
        says=f"{in_words(found.kept_bytes)}, {in_words(found.free_bytes)} free",
        colour=ALARM if share > 0.9 else ACCENT,
        rail=True,
    )


def _work(found: Condition, address: str) -> Bar:
    every = sum(found.jobs.values())
    failed = found.jobs[State.FAILED]
    open_ = found.jobs[State.WAITING] + found.jobs[State.WORKING]
    return Bar(
        name="Work still to do",
        length=(open_ + failed) / every if every else 0,
        says=f"{open_} under way, {failed} failed",
        address=address,
        colour=ALARM if failed else ACCENT,
        rail=True,
    )


def _backup(found: Condition, address: str) -> Bar:
    """How much of the week that a backup may be old has passed."""
    share = 1.0
    if found.last_backup is not None:
        share = (now() - found.last_backup) / BACKUP_DUE
    return Bar(
        name="Backup",
        length=min(1.0, share),
        says=f"{age(found)}{', make one' if found.backup_is_due else ''}",
        address=address,
        colour=ALARM if found.backup_is_due else ACCENT,
        rail=True,
    )
