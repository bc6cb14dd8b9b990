"""Topic map: nested groups of passages by meaning, explored step by step.

The top-level groups are built from all passages. They are equal for all viewers and stored on disk.
Counts, dots, labels and deeper levels come only from passages visible to the viewer.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from library.access import Viewer, note_found
from library.errors import NotFoundError, StorageFullError
from library.sessions import passage_queries
from library.sessions.passage_queries import FoundPassage
from library.sessions.passages import Stamp
from library.settings import Settings
from library.store import Transaction
from search.index.snapshot import Snapshot
from search.overview import map_store
from search.overview.clustering import Map, by_size, grouped, map_of
from search.overview.labels import PassageText, labels
from search.overview.map_store import Grouping
from search.overview.projection import Places, in_disc, mds, pca
from search.overview.visible_vectors import Numbers, VisibleVectors, seen_in

logger = logging.getLogger(__name__)

FEW = 60  # up to this number, passages are shown one by one; more passages, in groups
FIRST, DEEPER = 24, 12  # maximum groups at the top level and below
READ = 120  # passages of a group read for its label
DOTS = 60  # passages of a group shown as dots
SPOTS = 200  # maximum passages shown one by one if they cannot be grouped
DEEPEST = 8  # maximum depth in steps
CHANGED, CHANGED_LEAST = 0.1, 50  # share and number of changed passages for a rebuild
REMEMBERED = 100  # cached levels
AT_ONCE = (
    20_000  # up to this number of passages, a web request builds the map; else the worker does
)

Path = tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """A group of passages that are near in meaning."""

    path: Path  # group numbers from the top level on
    passages: int  # number of visible passages
    words: Sequence[str]  # label, most distinctive first
    place: tuple[float, float]  # x and y, -1..1
    dots: Places  # positions of some passages in the unit disc, (n, 2)


@dataclass(frozen=True)
class MapPoint:
    """A single passage with its position."""

    passage_id: int
    place: tuple[float, float]  # -1..1
    passage: FoundPassage | None = None


@dataclass(frozen=True)
class MapLevel:
    """One level of the map: groups or single passages."""

    path: Path
    words: Sequence[Sequence[str]]  # labels of the groups on the path
    passages: int
    groups: Sequence[Group] = ()
    spots: Sequence[MapPoint] = ()
    drawing: bool = False  # True if a new map is requested from the worker
    drawn_at: datetime | None = None


@dataclass(frozen=True)
class ViewContext:
    """View context: a snapshot of the index, and the sources visible to the viewer."""

    viewer: Viewer
    snapshot: Snapshot
    sources: NDArray[np.int64]
    model: str

    @property
    def key(self) -> bytes:
        """Hash of the visible sources; equal for viewers with equal access."""
        return sha256(np.sort(self.sources).tobytes()).digest()


class TopicMap:
    """Topic map of one library. Levels are cached until the index or the map changes."""

    def __init__(self, settings: Settings, at_once: int = AT_ONCE) -> None:
        self._settings = settings
        self._at_once = at_once
        self._changing = threading.Lock()
        self._map: Map | None = None
        self._drawing = False
        self._of: tuple[str, Stamp, datetime | None] | None = None
        self._drawn: OrderedDict[tuple[bytes, Path], MapLevel] = OrderedDict()

    def look(self, db: Transaction, context: ViewContext, path: Path = ()) -> MapLevel:
        """Return the level at *path*: group numbers from the top level on.

        Raises:
            NotFoundError: no group at *path* is visible to the viewer.
        """
        now, drawing = self._current(context)
        drawn_at = map_store.drawn_at(self._settings, context.model)
        if now is None:
            count = len(seen_in(context.snapshot.scope(context.sources)))
            return MapLevel((), (), count, drawing=True)
        key = (context.key, path)
        found = self._drawn.get(key)
        if found is None:
            found = _seen_from(db, context, now, path)
            with self._changing:
                self._drawn[key] = found
                while len(self._drawn) > REMEMBERED:
                    self._drawn.popitem(last=False)
        return replace(
            _with_passages(db, context.viewer, found), drawing=drawing, drawn_at=drawn_at
        )

    def draw(self, snapshot: Snapshot, model: str) -> Grouping:
        """Build the map of all passages and save it, if the disk has free space."""
        fresh = map_of(seen_in(snapshot.full_scope), FIRST)
        try:
            map_store.keep(self._settings, model, fresh)
        except (StorageFullError, OSError) as error:
            logger.warning("The topic map cannot be saved: %s", error)
        return fresh

    def _current(self, context: ViewContext) -> tuple[Map | None, bool]:
        """Return the map of all passages, and whether the worker was asked for a newer one.

        The map is kept in memory until the index or the stored map changes.
        """
        model = context.model
        with self._changing:
            state = (model, context.snapshot.stamp, map_store.drawn_at(self._settings, model))
            if self._of != state:
                self._drawn.clear()
                self._map, self._drawing = self._followed(context)
                self._of = (*state[:2], map_store.drawn_at(self._settings, model))
            return self._map, self._drawing

    def _followed(self, context: ViewContext) -> tuple[Map | None, bool]:
        """Return the map of all passages, and whether the worker was asked for a newer one.

        The stored map is used unless too many passages were added or removed since it was built. In
        that case, a small map is built at once, and a large one is requested from the worker.
        """
        visible = seen_in(context.snapshot.full_scope)
        stored = map_store.load(self._settings, context.model)
        found = Map(stored, visible) if stored is not None else None
        if found and found.unknown + found.missing < max(CHANGED_LEAST, CHANGED * len(visible)):
            return found, False
        if len(visible) > self._at_once:
            map_store.request(self._settings, context.model)
            return found, True
        return Map(self.draw(context.snapshot, context.model), visible), False


def _seen_from(db: Transaction, context: ViewContext, full_map: Map, path: Path) -> MapLevel:
    """Return the level at *path*, built from the passages visible to the viewer.

    Raises:
        NotFoundError: no group at *path* is visible to the viewer.
    """
    visible = seen_in(context.snapshot.scope(context.sources))
    numbers, places = _first(visible, full_map)
    words: list[Sequence[str]] = []
    for step, number in enumerate(path[:DEEPEST]):
        inside = numbers == number
        if _is_end(visible, numbers) or not inside.any():
            raise NotFoundError(
                "This group is not on the map of the passages any more. Start again from the "
                "whole map."
            )
        words.append(_labels(db, context.viewer, visible, numbers).get(number, ()))
        visible = visible.only(inside)
        numbers, places = _deeper(visible) if step < DEEPEST - 1 else _no_groups(visible)
    if _is_end(visible, numbers):
        return MapLevel(path, words, len(visible), spots=_spots(visible))
    return MapLevel(
        path,
        words,
        len(visible),
        groups=_groups(db, context.viewer, visible, (path, numbers, places)),
    )


def _first(visible: VisibleVectors, full_map: Map) -> tuple[Numbers, Places]:
    if len(visible) <= FEW:
        return _no_groups(visible)
    # Groups are numbered by their visible passages: a gap would reveal a hidden group.
    numbers, order = by_size(full_map.groups_of(visible), len(full_map.grouping.places))
    return numbers, full_map.grouping.places[order]


def _deeper(visible: VisibleVectors) -> tuple[Numbers, Places]:
    if len(visible) <= FEW:
        return _no_groups(visible)
    numbers, middles = grouped(visible, DEEPER)
    return numbers, mds(middles)


def _no_groups(visible: VisibleVectors) -> tuple[Numbers, Places]:
    return np.zeros(len(visible), dtype=np.uint8), np.zeros((1, 2))


def _is_end(visible: VisibleVectors, numbers: Numbers) -> bool:
    """Return whether to show single passages: there are few, or they form one group.

    The group of each passage is in *numbers*, `(n,) uint8`.
    """
    return len(visible) <= FEW or len(np.unique(numbers)) < 2


def _groups(
    db: Transaction, viewer: Viewer, visible: VisibleVectors, laid: tuple[Path, Numbers, Places]
) -> list[Group]:
    path, numbers, places = laid
    labels_by_group = _labels(db, viewer, visible, numbers)
    found = []
    for number in np.unique(numbers).tolist():
        members = visible.only(numbers == number)
        x, y = places[number].tolist()
        found.append(
            Group(
                path=(*path, number),
                passages=len(members),
                words=labels_by_group.get(number, ()),
                place=(x, y),
                dots=in_disc(pca(members.some(DOTS).vectors())),
            )
        )
    return found


def _labels(
    db: Transaction, viewer: Viewer, visible: VisibleVectors, numbers: Numbers
) -> Mapping[int, Sequence[str]]:
    """Return the label words of each group, from passages visible to *viewer* only."""
    read = {
        number: visible.only(numbers == number).some(READ).ids.tolist()
        for number in np.unique(numbers).tolist()
    }
    here = passage_queries.by_ids(db, viewer, [i for ids in read.values() for i in ids])
    groups: dict[int, list[PassageText]] = {
        number: [
            (here[i].text, [name for _, name, _ in here[i].speakers]) for i in ids if i in here
        ]
        for number, ids in read.items()
    }
    return labels(groups)


def _spots(visible: VisibleVectors) -> list[MapPoint]:
    some = visible.some(SPOTS)
    places = mds(some.vectors()).tolist()
    return [
        MapPoint(passage_id, (x, y))
        for passage_id, (x, y) in zip(some.ids.tolist(), places, strict=True)
    ]


def _with_passages(db: Transaction, viewer: Viewer, found: MapLevel) -> MapLevel:
    """Return the level with a passage for each point. Invisible passages are left out."""
    if not found.spots:
        return found
    here = passage_queries.by_ids(db, viewer, [spot.passage_id for spot in found.spots])
    note_found(db, viewer, {passage.session_id for passage in here.values()})
    spots = [
        replace(spot, passage=here[spot.passage_id])
        for spot in found.spots
        if spot.passage_id in here
    ]
    return replace(found, spots=spots)
