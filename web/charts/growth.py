"""Growth chart: cumulative hours of audio, and sessions added per month or year."""

import math
from collections.abc import Sequence
from datetime import date

from flask import url_for
from flask_babel import format_date
from markupsafe import Markup

from library.overview.growth import Additions, Span, by_year
from library.translation import gettext, mark, ngettext
from web.charts.svg import (
    ACCENT,
    EDGE,
    HAIR,
    INK,
    MUTED,
    SLIM,
    TEXT,
    WIDE,
    Picture,
    Scale,
    scale_to,
)

MOST_BARS = {WIDE: 36, SLIM: 18}  # maximum number of months; longer periods are shown by year
LEFT, RIGHT, TOP = 44, 56, 30  # margins: ticks, last value, heading
TALL, LOW, BETWEEN, FOOT = 150, 90, 62, 42  # heights: area chart, bar chart, gap, footer
NAME = 40  # minimum width of a month label
HOUR = 3600  # seconds
TITLE = mark("What was added over time")


def drawn(months: Sequence[Additions]) -> Markup:
    """Return the chart as SVG, once for desktop and once for phone; empty if nothing was added."""
    if not months:
        return Markup()
    return _drawn(months, WIDE).markup(kind="wide") + _drawn(months, SLIM).markup(kind="slim")


def spans(months: Sequence[Additions], width: int = WIDE) -> Sequence[Additions]:
    """Return the additions by month, or by year if the chart is too narrow for all months."""
    return months if len(months) <= MOST_BARS[width] else by_year(months)


def hours(seconds: float) -> str:
    """Format seconds as hours with one decimal, such as "1.5 h"."""
    return f"{seconds / HOUR:,.1f} h"


def named(span: Span) -> str:
    """Format a month or a year, such as "March 2026" or "2026"."""
    if span.month is None:
        return str(span.year)
    return str(format_date(date(span.year, span.month, 1), gettext("MMMM y")))  # a CLDR pattern


def _drawn(months: Sequence[Additions], width: int) -> Picture:
    shown = spans(months, width)
    last = shown[-1]
    picture = Picture(
        width,
        TOP + TALL + BETWEEN + LOW + FOOT,
        title=gettext(TITLE),
        about=ngettext(
            "%(num)s session with %(time)s of audio from %(first)s to %(last)s. The table below "
            "has the numbers.",
            "%(num)s sessions with %(time)s of audio from %(first)s to %(last)s. The table below "
            "has the numbers.",
            last.sessions_by_then,
            time=hours(last.seconds_by_then),
            first=named(shown[0].span),
            last=named(last.span),
        ),
    )
    step = (width - LEFT - RIGHT) / len(shown)
    middles = [LEFT + step * (i + 0.5) for i in range(len(shown))]
    _hours(picture, shown, middles)
    _sessions(picture, shown, middles, step)
    return picture


def _hours(picture: Picture, shown: Sequence[Additions], middles: Sequence[float]) -> None:
    """Draw the cumulative duration as an area chart.

    *middles* are the x coordinates of the months or years in *shown*.
    """
    ground = TOP + TALL
    if shown[-1].seconds_by_then >= HOUR:
        heading, seconds = gettext("Hours of audio in total"), HOUR
    else:
        heading, seconds = gettext("Minutes of audio in total"), 60
    values = [grown.seconds_by_then / seconds for grown in shown]
    scale = scale_to(values[-1], ground, TOP)
    points = [(x, scale.place(value)) for x, value in zip(middles, values, strict=True)]
    with picture.hidden():
        picture.words(0, 14, heading, size=TEXT, fill=MUTED)
        _grid(picture, scale)
        area = [(points[0][0], ground), *points, (points[-1][0], ground)]
        picture.shape(area, closed=True, fill=ACCENT, fill_opacity=0.18)
        picture.shape(points, closed=False, fill="none", stroke=ACCENT, stroke_width=2)
        x, y = points[-1]
        picture.circle(x, y, 3.5, fill=ACCENT)
        picture.words(x + 9, y + 4, f"{values[-1]:,.1f}", font_weight="600")
    _axis(picture, ground)


def _sessions(
    picture: Picture, shown: Sequence[Additions], middles: Sequence[float], step: float
) -> None:
    """Draw a bar for the sessions of each month or year, with a link to these sessions.

    *middles* are the x coordinates of the bars, *step* is the distance between two bars.
    """
    top = TOP + TALL + BETWEEN
    ground = top + LOW
    by_years = shown[0].span.month is None
    heading = (
        gettext("Sessions added per year") if by_years else gettext("Sessions added per month")
    )
    scale = scale_to(max(grown.sessions for grown in shown), ground, top)
    bar = min(28.0, step * 0.72)
    with picture.hidden():
        picture.words(0, top - 16, heading, size=TEXT, fill=MUTED)
        _grid(picture, scale)
        _names(picture, shown, middles, ground)
    for grown, x in zip(shown, middles, strict=True):
        if grown.sessions:
            name = ngettext(
                "%(period)s: %(num)s session, %(time)s",
                "%(period)s: %(num)s sessions, %(time)s",
                grown.sessions,
                period=named(grown.span),
                time=hours(grown.seconds),
            )
            with picture.link(url_for("sessions.index", added=grown.span.name), name):
                # The transparent rectangle makes the whole column clickable, not only the bar.
                picture.rectangle(x - step / 2, top, step, LOW, fill="transparent")
                y = scale.place(grown.sessions)
                picture.rectangle(x - bar / 2, y, bar, ground - y, fill=ACCENT)
    _axis(picture, ground)


def _grid(picture: Picture, scale: Scale) -> None:
    for tick in scale.ticks:
        y = scale.place(tick)
        picture.line((LEFT, y), (picture.width - RIGHT, y), stroke=HAIR)
        picture.words(LEFT - 8, y + 4, f"{tick:,.0f}", fill=MUTED, text_anchor="end")


def _axis(picture: Picture, ground: float) -> None:
    picture.line((LEFT, ground), (picture.width - RIGHT, ground), stroke=EDGE)


def _names(
    picture: Picture, shown: Sequence[Additions], middles: Sequence[float], ground: float
) -> None:
    """Draw the labels of the time axis: the months that fit, and each year below its first month.

    *middles* are the x coordinates of the labels, *ground* is the y coordinate of the axis.
    """
    width = (picture.width - LEFT - RIGHT) / len(shown)
    every = math.ceil(NAME / width)
    for i, (grown, x) in enumerate(zip(shown, middles, strict=True)):
        span = grown.span
        year = i == 0 or span.month in {None, 1}
        crowded = i % every and span.month != 1
        if span.month is None:
            text = "" if i % every else str(span.year)
        else:
            text = "" if crowded else f"{date(span.year, span.month, 1):%b}"
        if text:
            picture.words(x, ground + 17, text, fill=MUTED, text_anchor="middle")
        if year and span.month is not None:
            picture.words(x, ground + 33, str(span.year), fill=INK, text_anchor="middle")
