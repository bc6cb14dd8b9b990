"""Horizontal bar chart with a name and a value text for each bar."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from markupsafe import Markup

from web.charts.svg import ACCENT, EDGE, HAIR, MUTED, SLIM, SMALL, TEXT, WIDE, Picture

NAMES = 250  # CSS pixels for names beside the bars, in the wide chart
NUMBERS = 240  # CSS pixels for the value texts after the bars
MOST_DOTS = 10
LETTER = {SMALL: 6.7, TEXT: 8.1}  # average glyph width in CSS pixels by font size, rounded up


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Bar of a chart. `length` is from 0 to 1; `rail` draws a background of length 1."""

    name: str
    length: float
    says: str  # value in words
    address: str = ""  # URL of the link; empty if none
    colour: str = ACCENT
    rail: bool = False
    dots: int = 0  # number of dots after the value text


def drawn(rows: Sequence[Bar], *, title: str, about: str) -> Markup:
    """Return a bar chart as SVG, once for desktop and once for phone; empty without rows.

    *title* and *about* are the name and the description of the chart for screen readers.
    """
    if not rows:
        return Markup()
    return Markup("").join(
        _drawn(rows, width, title=title, about=about, row=row).markup(kind=kind)
        for kind, width, row in (("wide", WIDE, _beside), ("slim", SLIM, _below))
    )


Row = Callable[[Picture, Bar, float, int], None]
HEIGHTS: dict[int, int] = {WIDE: 36, SLIM: 54}


def _drawn(rows: Sequence[Bar], width: int, *, title: str, about: str, row: Row) -> Picture:
    high, dots = HEIGHTS[width], max(bar.dots for bar in rows)
    picture = Picture(width, high * len(rows) + 8, title=title, about=about)
    for number, bar in enumerate(rows):
        top = 4 + high * number
        name = f"{bar.name}: {bar.says}"
        with picture.link(bar.address, name) if bar.address else nullcontext():
            # The transparent rectangle makes the whole row clickable.
            picture.rectangle(0, top, width, high, fill="transparent")
            with picture.hidden():
                row(picture, bar, top, dots)
    if not any(bar.rail for bar in rows) and width == WIDE:
        ground = high * len(rows) + 4
        picture.line((NAMES, 4), (NAMES, ground), stroke=EDGE)
    return picture


def _beside(picture: Picture, bar: Bar, top: float, _dots_at_most: int) -> None:
    """Draw a row of the desktop chart: name at the left of the bar, value and dots at the right.

    *top* is the y coordinate of the upper edge of the row.
    """
    middle = top + HEIGHTS[WIDE] / 2
    width = picture.width - NAMES - NUMBERS
    picture.words(
        NAMES - 12,
        middle + 5,
        cut(bar.name, int((NAMES - 12) / LETTER[TEXT])),
        size=TEXT,
        text_anchor="end",
    )
    end = _bar(picture, bar, (NAMES, middle - 9), (width, 18))
    picture.words(end + 10, middle + 5, bar.says, fill=MUTED)
    _dots(picture, bar, end + 14 + LETTER[SMALL] * len(bar.says), middle)


def _below(picture: Picture, bar: Bar, top: float, dots_at_most: int) -> None:
    """Draw a row of the phone chart: name and value above the bar, dots at its right.

    *top* is the y coordinate of the upper edge of the row. All rows reserve the width of
    *dots_at_most* dots, so that their bars have the same scale.
    """
    left = picture.width - LETTER[SMALL] * len(bar.says) - 10
    picture.words(0, top + 17, cut(bar.name, int(left / LETTER[TEXT])), size=TEXT)
    picture.words(picture.width, top + 17, bar.says, fill=MUTED, text_anchor="end")
    dots = 11 * min(dots_at_most, MOST_DOTS) + 8 if dots_at_most else 0
    end = _bar(picture, bar, (0, top + 25), (picture.width - dots, 14))
    _dots(picture, bar, end + 6, top + 32)


def _bar(
    picture: Picture, bar: Bar, corner: tuple[float, float], size: tuple[float, float]
) -> float:
    """Draw a bar and return the x coordinate of its right end.

    *corner* is its upper left corner (x, y), *size* its (width, height) for the length 1.
    """
    (x, y), (width, height) = corner, size
    length = max(2.0, width * min(1.0, bar.length)) if bar.length > 0 else 0.0
    if bar.rail:
        picture.rectangle(x, y, width, height, fill=HAIR, stroke=EDGE, rx=2)
    picture.rectangle(x, y, length, height, fill=bar.colour, rx=2)
    return x + (width if bar.rail else length)


def _dots(picture: Picture, bar: Bar, x: float, y: float) -> None:
    shown = min(bar.dots, MOST_DOTS)
    if shown:
        picture.dots([(x + 5 + 11 * i, y) for i in range(shown)], 8, stroke=MUTED)


def cut(text: str, longest: int) -> str:
    """Shorten a text to *longest* characters. The table below the chart shows the full text."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
