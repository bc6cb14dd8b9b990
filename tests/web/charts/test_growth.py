"""Tests of the chart of sessions added over time."""

from flask_babel import force_locale

from library.overview.growth import Additions, Span
from web.charts import growth


def months(number):
    """Return the additions of *number* months from January 2020, one half-hour session in each."""
    return [
        Additions(
            span=Span(2020 + n // 12, n % 12 + 1),
            sessions=1,
            seconds=1800.0,
            sessions_by_then=n + 1,
            seconds_by_then=1800.0 * (n + 1),
        )
        for n in range(number)
    ]


def test_each_month_leads_to_its_sessions(app):
    """Each bar links to the sessions of its month. The description has the totals of all months."""
    with app.test_request_context("/"):
        drawn = growth.drawn(months(3))

    assert "3 sessions with 1.5 h of audio from January 2020 to March 2020" in drawn
    assert drawn.count("added=2020-02") == 2
    assert growth.drawn([]) == ""


def test_many_months_become_years():
    """More than 36 months are drawn as years. On a phone, even 20 months are drawn as years."""
    assert len(growth.spans(months(36))) == 36
    assert [one.span.month for one in growth.spans(months(37))] == [None] * 4
    assert len(growth.spans(months(20), growth.SLIM)) == 2


def test_spans_and_hours_are_written_for_people(app):
    """A time span is written with months in the page's language, and hours with one decimal."""
    with app.test_request_context("/"):
        assert growth.named(Span(2026, 3)) == "March 2026"
        with force_locale("de"):
            assert growth.named(Span(2026, 3)) == "März 2026"
    assert growth.named(Span(2026)) == "2026"
    assert growth.hours(5400) == "1.5 h"
