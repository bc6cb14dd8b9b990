"""Topic map chart: groups of passages as discs, or single passages as points."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from library.translation import gettext, ngettext
from search.overview.topic_map import Group, MapLevel, MapPoint
from web.charts.bars import cut
from web.charts.svg import EDGE, HAIR, PAPER, SLIM, WIDE, Picture, speaker_colour

HEIGHTS = {WIDE: 600, SLIM: 600}
FILLED = 0.42  # share of the chart area covered by discs
SMALLEST = {WIDE: 34.0, SLIM: 25.0}  # minimum radius of a disc: touch target size
LINE = 15  # line height of a label in CSS pixels
POINT = 9.0  # radius of a point


def drawn(
    found: MapLevel,
    group_url: Callable[[Group], str],
    passage_link: Callable[[MapPoint], tuple[str, str]],
) -> Markup:
    """Return the map as SVG, once for desktop and once for phone; empty if there are no passages.

    Args:
        found: The part of the topic map that the viewer may see.
        group_url: Function that returns the URL of a group.
        passage_link: Function that returns the URL and the label of a passage.
    """
    if found.groups:
        draw = [_groups(found, width, group_url) for width in (WIDE, SLIM)]
    elif found.spots:
        draw = [_points(found, width, passage_link) for width in (WIDE, SLIM)]
    else:
        return Markup()
    return draw[0].markup(kind="wide") + draw[1].markup(kind="slim")


def called(words: Sequence[str]) -> str:
    """Return the name of a group: its words, or a fixed text if *words* is empty."""
    return ", ".join(words) or gettext("no common word")


def _groups(found: MapLevel, width: int, group_url: Callable[[Group], str]) -> Picture:
    picture = Picture(
        width,
        HEIGHTS[width],
        title=gettext("Map of the passages by meaning"),
        about=ngettext(
            "%(passages)s passages in %(num)s group. Groups near each other are about similar "
            "subjects. Each group is a link that opens it; the list below has the same groups.",
            "%(passages)s passages in %(num)s groups. Groups near each other are about similar "
            "subjects. Each group is a link that opens it; the list below has the same groups.",
            len(found.groups),
            passages=found.passages,
        ),
    )
    groups = sorted(found.groups, key=lambda group: -group.passages)
    radii = _radii([group.passages for group in groups], width)
    frame = Frame(2, 2, width - 2, picture.height - 2)
    middles = separate_discs([group.place for group in groups], radii, frame, gap=10)
    for group, (x, y), radius in zip(groups, middles, radii, strict=True):
        name = ngettext(
            "%(words)s: %(num)s passage",
            "%(words)s: %(num)s passages",
            group.passages,
            words=called(group.words),
        )
        with picture.link(group_url(group), name):
            picture.circle(x, y, radius, fill=PAPER, stroke=EDGE)
            with picture.hidden():
                reach = radius - 5
                dots = [(x + reach * dx, y + reach * dy) for dx, dy in group.dots.tolist()]
                picture.dots(dots, 4, stroke=speaker_colour(group.path[-1]))
    with picture.hidden():  # drawn after all discs, so that no label is covered
        for group, middle, radius in zip(groups, middles, radii, strict=True):
            _name(picture, group, middle, radius)
    return picture


def _name(picture: Picture, group: Group, middle: tuple[float, float], radius: float) -> None:
    """Draw the words that name a group in its disc, one word per line, as many as fit."""
    x, y = middle
    shown = (group.words or ("…",))[: max(1, int((radius - 8) / LINE))]
    for number, word in enumerate(shown):
        below = (number - (len(shown) - 1) / 2) * LINE + 4
        # An outline in the background colour separates the letters from the dots.
        picture.words(
            x, y + below, cut(word, 14), text_anchor="middle", font_weight="600",
            stroke=PAPER, stroke_width=4, paint_order="stroke", pointer_events="none",
        )  # fmt: skip


def _points(
    found: MapLevel, width: int, passage_link: Callable[[MapPoint], tuple[str, str]]
) -> Picture:
    picture = Picture(
        width,
        HEIGHTS[width] - 60,
        title=gettext("Passages by meaning"),
        about=ngettext(
            "%(num)s passage. Points near each other are similar. Each point is a link to its "
            "moment; the list below has the text.",
            "%(num)s passages. Points near each other are similar. Each point is a link to its "
            "moment; the list below has the text.",
            len(found.spots),
        ),
    )
    frame = Frame(4, 4, width - 4, picture.height - 4)
    with picture.hidden():
        picture.rectangle(1, 1, width - 2, picture.height - 2, fill="none", stroke=HAIR, rx=6)
    radii = [POINT + 4] * len(found.spots)  # touch target size
    middles = separate_discs([spot.place for spot in found.spots], radii, frame, gap=2)
    numbers = {s: n for n, s in enumerate(sorted({_session(spot) for spot in found.spots}))}
    for number, (spot, (x, y)) in enumerate(zip(found.spots, middles, strict=True), start=1):
        address, name = passage_link(spot)
        with picture.link(address, f"{number}. {name}"):
            picture.circle(x, y, POINT + 4, fill="transparent")
            picture.circle(x, y, POINT, fill=speaker_colour(numbers[_session(spot)]))
            with picture.hidden():
                picture.words(
                    x, y + 3.5, str(number), size=9, fill=PAPER, text_anchor="middle",
                    font_weight="600",
                )  # fmt: skip
    return picture


def _session(spot: MapPoint) -> int:
    return spot.passage.session_id if spot.passage is not None else 0


def _radii(counts: Sequence[int], width: int) -> list[float]:
    """Return the radius of each disc in CSS pixels, between a minimum and a maximum.

    Within these limits, areas are proportional to the counts.
    """
    area = FILLED * width * HEIGHTS[width] / math.pi
    unit = area / max(1, sum(counts))
    most = min(width, HEIGHTS[width]) / 3.2
    return [min(most, max(SMALLEST[width], math.sqrt(unit * count))) for count in counts]


STEPS = 300


@dataclass(frozen=True)
class Frame:
    """Bounding box in CSS pixels."""

    left: float
    top: float
    right: float
    bottom: float


def separate_discs(
    places: Sequence[tuple[float, float]], radii: Sequence[float], frame: Frame, *, gap: float = 6
) -> list[tuple[float, float]]:
    """Return the centre of each disc in CSS pixels, inside the frame and apart from the others.

    The result is deterministic. Discs can still overlap after `STEPS` steps.

    Args:
        places: Wanted centres, coordinates from -1 to 1.
        radii: Radius of each disc in CSS pixels.
        frame: Bounding box of all discs.
        gap: Minimum distance between discs in CSS pixels.
    """
    if not places:
        return []
    sizes = np.array(radii, dtype=float)
    low = np.array([frame.left, frame.top]) + sizes[:, None]
    high = np.array([frame.right, frame.bottom]) - sizes[:, None]
    middle = (low + high) / 2
    found = middle + np.array(places, dtype=float) * np.maximum(high - low, 0) / 2
    # Discs at identical positions have no direction of separation.
    found += np.column_stack((np.cos(np.arange(len(sizes))), np.sin(np.arange(len(sizes))))) * 0.01
    wanted = sizes[:, None] + sizes[None, :] + gap
    for _ in range(STEPS):
        between = found[:, None] - found[None, :]
        far = np.hypot(between[..., 0], between[..., 1])
        np.fill_diagonal(far, np.inf)
        push = np.maximum(wanted - far, 0) / 2
        if not (push > 0.05).any():
            break
        away = between / np.maximum(far, 1e-6)[..., None]
        found = found + (away * (push * 0.6)[..., None]).sum(axis=1)
        found = np.clip(found, np.minimum(low, middle), np.maximum(high, middle))
    return [(float(x), float(y)) for x, y in found]
