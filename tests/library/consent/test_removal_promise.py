"""Tests of the three promises in the receipt of a removal."""

from datetime import UTC, datetime, timedelta

import pytest

from library.consent import removal_promise

REMOVED = datetime(2026, 3, 1, 12, tzinfo=UTC)
DUE = REMOVED + timedelta(minutes=10)


def test_each_line_has_its_time():
    """A receipt promises when the session is hidden, erased, and absent from backups.

    The session is hidden within a second after the removal.
    """
    hidden, erased, backups = removal_promise.lines(REMOVED, DUE, 30)

    assert hidden["by"] == "2026-03-01T12:00:01+00:00"
    assert erased["by"] == DUE.isoformat()
    assert (backups["by"], "30 days" in backups["what"]) == ("2026-03-31", True)


def test_backups_that_are_kept_for_ever_have_no_day():
    """The promise about backups has no date if backups are never deleted.

    It has no date either if no backup contains the session.
    """
    for_ever, none = (removal_promise.lines(REMOVED, DUE, days)[2] for days in (0, None))

    assert (for_ever["by"], none["by"]) == (None, None)
    assert none["what"] == "No backup contains it."
    assert for_ever["what"] != none["what"]


@pytest.mark.parametrize(("days", "ending"), [(1, "kept for 1 day."), (7, "kept for 7 days.")])
def test_a_stored_line_is_read_back_with_its_days(days, ending):
    """Stored promises are shown unchanged in English. One day is written as "1 day"."""
    promised = removal_promise.lines(REMOVED, DUE, days)

    for line in promised:
        assert removal_promise.translated(line["what"]) == line["what"]
    assert promised[2]["what"].endswith(ending)


def test_a_receipt_of_an_earlier_version_is_shown_with_the_right_number():
    """A promise that was stored with "1 days" is shown with "1 day"."""
    stored = "It is gone from earlier backups, which are kept for 1 days."

    assert removal_promise.translated(stored) == stored.replace("days", "day")
