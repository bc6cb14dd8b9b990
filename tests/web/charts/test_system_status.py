"""Tests of the chart of the system status."""

from datetime import timedelta

from library.models import AuditEvent, State, now
from library.overview.status import Status
from web.charts import system_status

ADDRESSES = {"sessions": "/sessions", "work": "/work", "health": "/health"}


def found(**more):
    """Return a system status without problems, except for the given values."""
    values = {
        "searchable": 3,
        "total": 4,
        "kept_bytes": 1,
        "seconds": 0.0,
        "free_bytes": 9,
        "jobs": dict.fromkeys(State, 0),
        "first_backup": None,
        "backup": None,
        "check": None,
        **more,
    }
    return Status(**values)


def test_the_chart_says_each_number(app):
    """The chart states sessions, jobs and the missing backup in words, each with a link."""
    jobs = dict.fromkeys(State, 0) | {State.FAILED: 2, State.WAITING: 1}
    with app.test_request_context("/"):
        drawn = system_status.drawn(found(jobs=jobs), ADDRESSES)

    assert "3 of 4 sessions" in drawn
    assert "1 in progress, 2 failed" in drawn
    assert "no backup yet" in drawn
    assert all(f'href="{address}"' in drawn for address in ADDRESSES.values())


def test_the_age_of_a_backup_is_counted_in_days(app):
    """The age of a backup is given in days, or as less than a day."""
    ages = [now(), now() - timedelta(days=1, hours=1), now() - timedelta(days=9)]
    with app.test_request_context("/"):
        texts = [system_status.age(found(backup=AuditEvent(at=moment))) for moment in ages]

    assert texts == ["less than a day old", "1 day old", "9 days old"]


def test_an_empty_library_is_drawn(app):
    """The chart of an empty library has no division by zero."""
    with app.test_request_context("/"):
        assert "svg" in system_status.drawn(
            found(searchable=0, total=0, kept_bytes=0, free_bytes=0), ADDRESSES
        )
