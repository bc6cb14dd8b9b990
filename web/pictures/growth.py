"""What was added over time: hours of talk added up, and sessions month by month."""

import math
from collections.abc import Sequence
from datetime import date

from flask import url_for
from markupsafe import Markup

from library.overview.growth import Grown, Span, by_year
from web.pictures.scale import Scale, scale_to
from web.pictures.svg import ACCENT, EDGE, HAIR, INK, MUTED, SLIM, TEXT, WIDE, Picture

MOST_BARS = {WIDE: 36, SLIM: 18}  # months that can be told apart; more are added up by years
LEFT, RIGHT, TOP = 44, 56, 30  # room for ticks, for the last number, for a heading
TALL, LOW, BETWEEN, FOOT = 150, 90, 62, 42  # heights: two charts, between them, below them
NAME = 40  # room for the name of a month
HOUR = 3600  # seconds
TITLE = "What was added over time"


def drawn(months: Sequence[Grown]) -> Markup:
    """The picture for a desk and for a phone; nothing where nothing was added."""
    if not months:
        return Markup()
    return _drawn(months, WIDE).markup(kind="wide") + _drawn(months, SLIM).markup(kind="slim")


def spans(months: Sequence[Grown], width: int = WIDE) -> Sequence[Grown]:
    """The months, or the years where there are too many months for the width."""
    return months if len(months) <= MOST_BARS[width] else by_year(months)


def hours(seconds: float) -> str:
    """Seconds as hours with one decimal: 1.5 h."""
    return f"{seconds / HOUR:,.1f} h"


def named(span: Span) -> str:
    """A span in words: March 2026, or 2026."""
    return str(span.year) if span.month is None else f"{date(span.year, span.month, 1):%B %Y}"


def _drawn(months: Sequence[Grown], width: int) -> Picture:
    shown = spans(months, width)
    last = shown[-1]
    picture = Picture(
        width,
        TOP + TALL + BETWEEN + LOW + FOOT,
        title=TITLE,
        about=(
            f"{last.sessions_by_then} sessions with {hours(last.seconds_by_then)} of sound from "
            f"{named(shown[0].span)} to {named(last.span)}. The numbers stand in the table below."
        ),
    )
    step = (width - LEFT - RIGHT) / len(shown)
    middles = [LEFT + step * (i + 0.5) for i in range(len(shown))]
    _hours(picture, shown, middles)
    _sessions(picture, shown, middles, step)
    return picture


def _hours(picture: Picture, shown: Sequence[Grown], middles: Sequence[float]) -> None:
    """All sound that there was by then, as an area."""
    ground = TOP + TALL
    unit, seconds = ("Hours", HOUR) if shown[-1].seconds_by_then >= HOUR else ("Minutes", 60)
    values = [grown.seconds_by_then / seconds for grown in shown]
    scale = scale_to(values[-1], ground, TOP)
    points = [(x, scale.place(value)) for x, value in zip(middles, values, strict=True)]
    with picture.hidden():
        picture.words(0, 14, f"{unit} of talk, added up", size=TEXT, fill=MUTED)
        _grid(picture, scale)
        area = [(points[0][0], ground), *points, (points[-1][0], ground)]
        picture.shape(area, closed=True, fill=ACCENT, fill_opacity=0.18)
        picture.shape(points, closed=False, fill="none", stroke=ACCENT, stroke_width=2)
        x, y = points[-1]
        picture.circle(x, y, 3.5, fill=ACCENT)
        picture.words(x + 9, y + 4, f"{values[-1]:,.1f}", font_weight="600")
    _axis(picture, ground)


def _sessions(
    picture: Picture, shown: Sequence[Grown], middles: Sequence[float], step: float
) -> None:
    """Sessions by month, each bar a link to them."""
    top = TOP + TALL + BETWEEN
    ground = top + LOW
    unit = "year" if shown[0].span.month is None else "month"
    scale = scale_to(max(grown.sessions for grown in shown), ground, top)
    bar = min(28.0, step * 0.72)
    with picture.hidden():
        picture.words(0, top - 16, f"Sessions added a {unit}", size=TEXT, fill=MUTED)
        _grid(picture, scale)
        _names(picture, shown, middles, ground)
    for grown, x in zip(shown, middles, strict=True):
        if grown.sessions:
            noun = "session" if grown.sessions == 1 else "sessions"
            name = f"{named(grown.span)}: {grown.sessions} {noun}, {hours(grown.seconds)}"
            with picture.link(url_for("sessions.index", added=grown.span.name), name):
                # The whole height can be pressed, not only what is filled.
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
    picture: Picture, shown: Sequence[Grown], middles: Sequence[float], ground: float
) -> None:
    """Years under their first month, and some months between where there is room."""
    room = (picture.width - LEFT - RIGHT) / len(shown)
    every = math.ceil(NAME / room)
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
