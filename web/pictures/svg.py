"""Writing SVG: marks one after the other, in the colours of the style sheet (SVG 2, W3C 2018).

Colours are the tokens of static/site.css, so that a picture follows light and dark by itself; they
stand in presentation attributes, since the policy forbids inline style.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2s

from markupsafe import Markup, escape

INK, MUTED, ACCENT = "var(--ink)", "var(--muted)", "var(--accent)"
HAIR, EDGE, PAPER, ALARM = "var(--hair)", "var(--edge)", "var(--paper)", "var(--alarm)"

WIDE, SLIM = 880, 342  # CSS pixels: a picture is drawn for a desk and for a phone
SMALL, TEXT = 13, 15  # sizes of letters, in CSS pixels

Value = str | float


def voice(hue: int) -> str:
    """The colour of one of the eight hues that colour-blind eyes can tell apart."""
    return f"var(--voice-{hue % 8})"


class Picture:
    """A picture while it is drawn: what is added later lies on top."""

    def __init__(self, width: int, height: int, *, title: str, about: str) -> None:
        self.width, self.height = width, height
        self._title, self._about = title, about
        self._marks: list[Markup] = []

    def rectangle(self, x: float, y: float, width: float, height: float, **more: Value) -> None:
        """A rectangle from its upper left corner."""
        self._mark("rect", x=x, y=y, width=width, height=height, **more)

    def circle(self, x: float, y: float, radius: float, **more: Value) -> None:
        """A circle around a point."""
        self._mark("circle", cx=x, cy=y, r=radius, **more)

    def line(self, start: tuple[float, float], end: tuple[float, float], **more: Value) -> None:
        """A straight line."""
        (x1, y1), (x2, y2) = start, end
        self._mark("line", x1=x1, y1=y1, x2=x2, y2=y2, **more)

    def shape(self, points: Sequence[tuple[float, float]], *, closed: bool, **more: Value) -> None:
        """A line from point to point, or the area within."""
        corners = "L".join(f"{_plain(x)} {_plain(y)}" for x, y in points)
        self._mark("path", d=f"M{corners}{'Z' if closed else ''}", **more)

    def dots(self, points: Sequence[tuple[float, float]], size: float, **more: Value) -> None:
        """Many dots of one size as one mark; decoration, since none has a name."""
        places = "".join(f"M{_plain(x)} {_plain(y)}h0" for x, y in points)
        self._mark("path", d=places, stroke_width=size, stroke_linecap="round", **more)

    def words(self, x: float, y: float, text: str, *, size: int = SMALL, **more: Value) -> None:
        """A line of text from its baseline on; `text_anchor` says what of it is at *x*."""
        given = _attributes({"x": x, "y": y, "font_size": size, "fill": INK, **more})
        self._marks.append(Markup("<text{}>{}</text>").format(given, text))

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """What is drawn within is for the eye: the words beside the picture say the same."""
        self._marks.append(Markup('<g aria-hidden="true">'))
        yield
        self._marks.append(Markup("</g>"))

    @contextmanager
    def link(self, address: str, name: str) -> Iterator[None]:
        """What is drawn within leads somewhere; *name* is what a reader hears and a mouse shows."""
        start = Markup('<a href="{}" aria-label="{}"><title>{}</title>')
        self._marks.append(start.format(address, name, name))
        yield
        self._marks.append(Markup("</a>"))

    def markup(self, *, kind: str) -> Markup:
        """The picture as it stands in a page; *kind* is `wide` or `slim`."""
        own = blake2s(f"{kind} {self._title}".encode(), digest_size=6).hexdigest()
        names = f"picture-{own}-title", f"picture-{own}-about"  # of this picture on its page
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
    """A number without needless digits; a text as it is."""
    return escape(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
