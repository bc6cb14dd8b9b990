"""SVG writer that uses the colours of the style sheet (SVG 2, W3C 2018).

Colours are the custom properties of static/site.css, so that a chart follows the theme. They are
set by presentation attributes, because the content security policy forbids inline styles.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2s

from markupsafe import Markup, escape

INK, MUTED, ACCENT = "var(--ink)", "var(--muted)", "var(--accent)"
HAIR, EDGE, PAPER, ALARM = "var(--hair)", "var(--edge)", "var(--paper)", "var(--alarm)"

WIDE, SLIM = 880, 342  # CSS pixels: each chart is drawn for desktop and for phone
SMALL, TEXT = 13, 15  # font sizes in CSS pixels

Value = str | float


def speaker_colour(hue: int) -> str:
    """Return a CSS colour for a speaker: one of eight that colour-blind people can tell apart."""
    return f"var(--speaker-{hue % 8})"


class Picture:
    """SVG image under construction. Later elements are drawn on top.

    The methods that add an element take further SVG attributes as keywords, such as `fill_opacity`.
    """

    def __init__(self, width: int, height: int, *, title: str, about: str) -> None:
        self.width, self.height = width, height
        self._title, self._about = title, about
        self._marks: list[Markup] = []

    def rectangle(self, x: float, y: float, width: float, height: float, **more: Value) -> None:
        """Add a rectangle, given its upper left corner."""
        self._mark("rect", x=x, y=y, width=width, height=height, **more)

    def circle(self, x: float, y: float, radius: float, **more: Value) -> None:
        """Add a circle, given its centre."""
        self._mark("circle", cx=x, cy=y, r=radius, **more)

    def line(self, start: tuple[float, float], end: tuple[float, float], **more: Value) -> None:
        """Add a straight line."""
        (x1, y1), (x2, y2) = start, end
        self._mark("line", x1=x1, y1=y1, x2=x2, y2=y2, **more)

    def shape(self, points: Sequence[tuple[float, float]], *, closed: bool, **more: Value) -> None:
        """Add a polyline, or a polygon if *closed*."""
        corners = "L".join(f"{_plain(x)} {_plain(y)}" for x, y in points)
        self._mark("path", d=f"M{corners}{'Z' if closed else ''}", **more)

    def dots(self, points: Sequence[tuple[float, float]], size: float, **more: Value) -> None:
        """Add dots of the diameter *size* as one path: decoration without a label."""
        places = "".join(f"M{_plain(x)} {_plain(y)}h0" for x, y in points)
        self._mark("path", d=places, stroke_width=size, stroke_linecap="round", **more)

    def words(self, x: float, y: float, text: str, *, size: int = SMALL, **more: Value) -> None:
        """Add one line of text. *y* is its baseline; `text_anchor` sets its alignment at *x*."""
        given = _attributes({"x": x, "y": y, "font_size": size, "fill": INK, **more})
        self._marks.append(Markup("<text{}>{}</text>").format(given, text))

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Hide the elements added in this context from screen readers."""
        self._marks.append(Markup('<g aria-hidden="true">'))
        yield
        self._marks.append(Markup("</g>"))

    @contextmanager
    def link(self, address: str, name: str) -> Iterator[None]:
        """Make the elements added in this context a link; *name* is its label and tooltip."""
        start = Markup('<a href="{}" aria-label="{}"><title>{}</title>')
        self._marks.append(start.format(address, name, name))
        yield
        self._marks.append(Markup("</a>"))

    def markup(self, *, kind: str) -> Markup:
        """Return the SVG element; *kind* is `wide` (for desktop) or `slim` (for phone)."""
        own = blake2s(f"{kind} {self._title}".encode(), digest_size=6).hexdigest()
        names = f"picture-{own}-title", f"picture-{own}-about"  # ids, unique within the page
        head = Markup(
            '<svg class="picture picture-{}" role="group" viewBox="0 0 {} {}" width="{}" '
            'height="{}" aria-labelledby="{}" aria-describedby="{}">'
            '<title id="{}">{}</title><desc id="{}">{}</desc>'
        ).format(
            kind, self.width, self.height, self.width, self.height, *names,
            names[0], self._title, names[1], self._about,
        )  # fmt: skip
        return head + Markup("").join(self._marks) + Markup("</svg>")

    def _mark(self, name: str, **given: Value) -> None:
        self._marks.append(Markup("<{}{}/>").format(name, _attributes(given)))


def _attributes(given: dict[str, Value]) -> Markup:
    pairs = ((name.replace("_", "-"), value) for name, value in given.items())
    return Markup("").join(Markup(' {}="{}"').format(name, _plain(value)) for name, value in pairs)


def _plain(value: Value) -> str | Markup:
    """Format a number with at most one decimal; escape a text."""
    return escape(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


STEPS = (1, 2, 5, 10)
ROUGHLY = 3  # ticks above zero


@dataclass(frozen=True)
class Scale:
    """Linear scale that maps values 0 to `top` to coordinates `start` to `end` in CSS pixels."""

    top: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Return the coordinate of a value."""
        return self.start + (self.end - self.start) * value / self.top

    @property
    def ticks(self) -> list[float]:
        """About three round values above zero, for the labels of the axis."""
        step = _step(self.top)
        return [step * i for i in range(1, int(self.top / step + 1e-9) + 1)]


def scale_to(largest: float, start: float, end: float) -> Scale:
    """Return a scale from 0 to the smallest tick that is at least *largest*."""
    step = _step(max(largest, 1))
    return Scale(step * max(1, math.ceil(largest / step - 1e-9)), start, end)


def _step(top: float) -> float:
    rough = top / ROUGHLY
    size = 10 ** math.floor(math.log10(rough)) if rough > 1 else 1
    return float(next(s * size for s in STEPS if s * size >= rough))
