"""System status chart: searchable sessions, disk space, jobs and age of the backup."""

from markupsafe import Markup

from library.capture.quota import in_words
from library.models import State, now
from library.overview.status import BACKUP_DUE, Status
from library.translation import gettext, ngettext
from web.charts import bars
from web.charts.bars import Bar
from web.charts.svg import ACCENT, ALARM

DAY = 86_400  # seconds


def drawn(found: Status, addresses: dict[str, str]) -> Markup:
    """Return the system status as a bar chart in SVG, once for desktop and once for phone.

    Args:
        found: System status.
        addresses: URLs to which bars link, by the keys `sessions`, `work` and `health`.
    """
    rows = [
        Bar(
            name=gettext("Searchable"),
            length=found.searchable / found.total if found.total else 0,
            says=ngettext(
                "%(number)s of %(num)s session",
                "%(number)s of %(num)s sessions",
                found.total,
                number=found.searchable,
            ),
            address=addresses["sessions"],
            rail=True,
        ),
        _disk_space(found),
        _work(found, addresses["work"]),
        _backup(found, addresses["health"]),
    ]
    return bars.drawn(
        rows,
        title=gettext("System status"),
        about="; ".join(f"{b.name}: {b.says}" for b in rows),
    )


def age(found: Status) -> str:
    """Return the age of the newest backup in words."""
    if found.last_backup is None:
        return gettext("no backup yet")
    days = int((now() - found.last_backup).total_seconds() // DAY)
    if days == 0:
        return gettext("less than a day old")
    return ngettext("%(num)s day old", "%(num)s days old", days)


def _disk_space(found: Status) -> Bar:
    whole = found.kept_bytes + found.free_bytes
    share = found.kept_bytes / whole if whole else 0
    return Bar(
        name=gettext("Originals on the disk"),
        length=share,
        says=gettext(
            "%(size)s, %(free)s free",
            size=in_words(found.kept_bytes),
            free=in_words(found.free_bytes),
        ),
        colour=ALARM if share > 0.9 else ACCENT,
        rail=True,
    )


def _work(found: Status, address: str) -> Bar:
    every = sum(found.jobs.values())
    failed = found.jobs[State.FAILED]
    open_ = found.jobs[State.WAITING] + found.jobs[State.WORKING]
    return Bar(
        name=gettext("Processing"),
        length=(open_ + failed) / every if every else 0,
        says=gettext("%(open)s in progress, %(failed)s failed", open=open_, failed=failed),
        address=address,
        colour=ALARM if failed else ACCENT,
        rail=True,
    )


def _backup(found: Status, address: str) -> Bar:
    """Return the bar for the age of the newest backup. Its full length is the age `BACKUP_DUE`."""
    share, says = 1.0, age(found)
    if found.backup_is_due:
        says = gettext("%(age)s: make a new backup", age=says)
    if found.last_backup is not None:
        share = (now() - found.last_backup) / BACKUP_DUE
    return Bar(
        name=gettext("Backup"),
        length=min(1.0, share),
        says=says,
        address=address,
        colour=ALARM if found.backup_is_due else ACCENT,
        rail=True,
    )
