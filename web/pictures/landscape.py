"""The map of the passages: groups of them as discs of dots, or each as a point to hear."""

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from search.landscape import Group, Landscape, Spot
from web.pictures.apart import Frame, apart
from web.pictures.bars import cut
from web.pictures.svg import EDGE, HAIR, PAPER, SLIM, WIDE, Picture, voice

HEIGHTS = {WIDE: 600, SLIM: 600}
FILLED = 0.42  # share of the picture that discs take
SMALLEST = {WIDE: 34.0, SLIM: 25.0}  # radius of a disc: what a finger can press
LINE = 15  # CSS pixels from one line of a name to the next
POINT = 9.0  # radius of a point


def drawn(
    found: Landscape, inside: Callable[[Group], str], there: Callable[[Spot], tuple[str, str]]
) -> Markup:
    """The picture for a desk and for a phone; nothing where there is nothing to show.

    Args:
        found: what is seen.
        inside: where a group leads.
        there: where a passage is heard, and what of it is told.
    """
    if found.groups:
        draw = [_groups(found, width, inside) for width in (WIDE, SLIM)]
    elif found.spots:
        draw = [_points(found, width, there) for width in (WIDE, SLIM)]
    else:
        return Markup()
    return draw[0].markup(kind="wide") + draw[1].markup(kind="slim")


def called(words: Sequence[str]) -> str:
    """The name of a group: its words, or what there is to say without any."""
    return ", ".join(words) or "without a word in common"


def _groups(found: Landscape, width: int, inside: Callable[[Group], str]) -> Picture:
    picture = Picture(
        width,
        HEIGHTS[width],
        title="A map of the passages by meaning",
        about=(
            f"{found.passages} passages in {len(found.groups)} groups. Groups that are near each "
            "other speak of similar things. Each leads on into itself; the list below says the "
            "same in words."
        ),
    )
    groups = sorted(found.groups, key=lambda group: -group.passages)
    radii = _radii([group.passages for group in groups], width)
    frame = Frame(2, 2, width - 2, picture.height - 2)
    middles = apart([group.place for group in groups], radii, frame, gap=10)
    for group, (x, y), radius in zip(groups, middles, radii, strict=True):
        name = f"{called(group.words)}: {group.passages} passages"
        with picture.link(inside(group), name):
            picture.circle(x, y, radius, fill=PAPER, stroke=EDGE)
            with picture.hidden():
                reach = radius - 5
                dots = [(x + reach * dx, y + reach * dy) for dx, dy in group.dots.tolist()]
                picture.dots(dots, 4, stroke=voice(group.path[-1]))
    with picture.hidden():  # above all discs, so that no name is covered
        for group, middle, radius in zip(groups, middles, radii, strict=True):
            _name(picture, group, middle, radius)
    return picture


def _name(picture: Picture, group: Group, middle: tuple[float, float], radius: float) -> None:
    """The group's first words in its disc, one a line, as many as have room there."""
    x, y = middle
    shown = (group.words or ("…",))[: max(1, int((radius - 8) / LINE))]
    for number, word in enumerate(shown):
        below = (number - (len(shown) - 1) / 2) * LINE + 4
        # A halo of the page's colour keeps letters clear of the dots under them.
        picture.words(
            x, y + below, cut(word, 14), text_anchor="middle", font_weight="600",
            stroke=PAPER, stroke_width=4, paint_order="stroke", pointer_events="none",
        )  # fmt: skip


def _points(found: Landscape, width: int, there: Callable[[Spot], tuple[str, str]]) -> Picture:
    picture = Picture(
        width,
        HEIGHTS[width] - 60,
        title="Passages by meaning",
        about=(
            f"{len(found.spots)} passages; what is near each other is alike. Each point leads to "
            "its moment; the list below has their words."
        ),
    )
    frame = Frame(4, 4, width - 4, picture.height - 4)
    with picture.hidden():
        picture.rectangle(1, 1, width - 2, picture.height - 2, fill="none", stroke=HAIR, rx=6)
    radii = [POINT + 4] * len(found.spots)  # room for a finger
    middles = apart([spot.place for spot in found.spots], radii, frame, gap=2)
    numbers = {s: n for n, s in enumerate(sorted({_session(spot) for spot in found.spots}))}
    for number, (spot, (x, y)) in enumerate(zip(found.spots, middles, strict=True), start=1):
        address, name = there(spot)
        with picture.link(address, f"{number}. {name}"):
            picture.circle(x, y, POINT + 4, fill="transparent")
            picture.circle(x, y, POINT, fill=voice(numbers[_session(spot)]))
            with picture.hidden():
                picture.words(
                    x, y + 3.5, str(number), size=9, fill=PAPER, text_anchor="middle",
                    font_weight="600",
                )  # fmt: skip
    return picture


def _session(spot: Spot) -> int:
    return spot.passage.session_id if spot.passage is not None else 0


def _radii(counts: Sequence[int], width: int) -> list[float]:
    """Radii whose discs have areas by the counts, as far as the smallest can be pressed."""
    area = FILLED * width * HEIGHTS[width] / math.pi
    unit = area / max(1, sum(counts))
    most = min(width, HEIGHTS[width]) / 3.2
    return [min(most, max(SMALLEST[width], math.sqrt(unit * count))) for count in counts]
