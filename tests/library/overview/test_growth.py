"""Tests of the growth of a library by month and year."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from library.access import GUEST
from library.models import MentoringSession, Visibility
from library.overview.growth import Span, by_year, growth, span_of
from tests.builders import add_session

ADDED = ["2024-11-30", "2024-12-01", "2024-12-31", "2025-03-01", "2025-03-15"]


@pytest.fixture
def five_sessions(library, mentor):
    """Five sessions of twenty seconds, added on different days. The last one is private."""
    for number, day in enumerate(ADDED):
        visibility = Visibility.PRIVATE if number == 4 else Visibility.PUBLIC
        built = add_session(library, title=f"Talk {number}", owner=mentor, visibility=visibility)
        with library.transaction() as db:
            moment = datetime.fromisoformat(day).replace(hour=23, minute=59, tzinfo=UTC)
            db.get(MentoringSession, built.session_id).created_at = moment


@pytest.mark.usefixtures("five_sessions")
@pytest.mark.parametrize("who", ["guest", "owner"])
def test_every_month_is_counted(library, mentor, who):
    """Growth lists every month from the first session on.

    Each month has the number and seconds of the sessions that the viewer may see.
    """
    viewer, days = (GUEST, ADDED[:4]) if who == "guest" else (mentor.viewer, ADDED)
    plain = Counter(day[:7] for day in days)

    with library.reading() as db:
        months = growth(db, viewer)

    assert {m.span.name: m.sessions for m in months if m.sessions} == plain
    assert [m.span.name for m in months][:5] == [
        "2024-11", "2024-12", "2025-01", "2025-02", "2025-03",
    ]  # fmt: skip
    assert (months[-1].sessions_by_then, months[-1].seconds_by_then) == (len(days), 20 * len(days))
    assert [m.seconds for m in months] == [20 * m.sessions for m in months]


@pytest.mark.usefixtures("five_sessions")
def test_years_are_sums_of_months(library):
    """The growth of a year is the sum of the growth of its months."""
    with library.reading() as db:
        months = growth(db, GUEST)
    years = by_year(months)

    assert [(y.span.name, y.sessions, y.sessions_by_then) for y in years[:2]] == [
        ("2024", 3, 3),
        ("2025", 1, 4),
    ]


def test_an_empty_library_has_no_growth(library):
    """An empty library has no months of growth."""
    with library.reading() as db:
        assert growth(db, GUEST) == []


@pytest.mark.parametrize("text", ["", "2026-13", "2026-00", "26", "9999", "2026-3", "x", "٢٠٢٦"])
def test_an_invalid_span_is_none(text):
    """A text that is neither a year nor a month is not a valid period."""
    assert span_of(text) is None


def test_a_span_ends_where_the_next_begins():
    """A period ends when the next period begins, also at the end of a year."""
    assert span_of("2026-12") == Span(2026, 12)
    assert Span(2026, 12).end == Span(2027, 1).first == Span(2027).first == Span(2026).end
