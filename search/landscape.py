"""The passages as a landscape: groups of them by meaning, into which one goes step by step.

The first groups are made of all passages, so that the map is the same for everybody and is kept
on disk; counts, dots, words and everything deeper come from what the viewer may see alone.
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
from library.holdings import passage_rows
from library.holdings.passage_rows import FoundPassage
from library.holdings.passages import Stamp
from library.settings import Settings
from library.store import Transaction
from search import kept_map
from search.grouping import Map, by_size, grouped, map_of
from search.kept_map import Grouping
from search.labels import Said, labels
from search.layout import Places, in_disc, plane, shadow
from search.seen import Numbers, Seen, seen_in
from search.snapshot import Snapshot

logger = logging.getLogger(__name__)

FEW = 60  # passages that are shown one by one; more are shown as groups
FIRST, DEEPER = 24, 12  # groups at most
READ = 120  # passages of a group whose words are looked at
DOTS = 60  # passages of a group that are drawn
SPOTS = 200  # passages that are shown where they cannot be told apart into groups
DEEPEST = 8  # steps
CHANGED, CHANGED_LEAST = 0.1, 50  # share, and number, of passages from which on a map is drawn anew
REMEMBERED = 100  # landscapes
AT_ONCE = 20_000  # passages up to which whoever looks waits for the map; more, the worker draws

Path = tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """Passages that are near each other in meaning."""

    path: Path  # the steps that lead into it
    passages: int  # of those that the viewer may see
    words: Sequence[str]  # the most telling ones of them
    place: tuple[float, float]  # -1..1
    dots: Places  # of some of its passages, in a disc of radius 1


@dataclass(frozen=True)
class Spot:
    """One passage, and where it lies."""

    passage_id: int
    place: tuple[float, float]  # -1..1
    passage: FoundPassage | None = None


@dataclass(frozen=True)
class Landscape:
    """What is seen at one step of the way: groups, or single passages."""

    path: Path
    words: Sequence[Sequence[str]]  # of each group on the way into this one
    passages: int
    groups: Sequence[Group] = ()
    spots: Sequence[Spot] = ()
    drawing: bool = False  # whether the worker draws the map anew; without groups, the first one
    drawn_at: datetime | None = None


@dataclass(frozen=True)
class Sight:
    """What somebody looks at: a snapshot of the index, and what of it they may see."""

    viewer: Viewer
    snapshot: Snapshot
    sources: NDArray[np.int64]
    model: str

    @property
    def key(self) -> bytes:
        """The same for whoever may see the same."""
        return sha256(np.sort(self.sources).tobytes()).digest()


class Landscapes:
    """Draws the landscape of one library; what is drawn is remembered until something changes."""

    def __init__(self, settings: Settings, at_once: int = AT_ONCE) -> None:
        self._settings = settings
        self._at_once = at_once
        self._changing = threading.Lock()
        self._map: Map | None = None
        self._drawing = False
        self._of: tuple[str, Stamp, datetime | None] | None = None
        self._drawn: OrderedDict[tuple[bytes, Path], Landscape] = OrderedDict()

    def look(self, db: Transaction, sight: Sight, path: Path = ()) -> Landscape:
        """What is seen at the end of *path*: the numbers of groups, from the outermost on.

        Raises:
            NotFoundError: there is no such group among what the viewer may see.
        """
        now, drawing = self._current(sight)
        drawn_at = kept_map.drawn_at(self._settings, sight.model)
        if now is None:
            count = len(seen_in(sight.snapshot.area(sight.sources)))
            return Landscape((), (), count, drawing=True)
        key = (sight.key, path)
        found = self._drawn.get(key)
        if found is None:
            found = _seen_from(db, sight, now, path)
            with self._changing:
                self._drawn[key] = found
                while len(self._drawn) > REMEMBERED:
                    self._drawn.popitem(last=False)
        return replace(_told(db, sight.viewer, found), drawing=drawing, drawn_at=drawn_at)

    def draw(self, snapshot: Snapshot, model: str) -> Grouping:
        """Draw the map of all passages and keep it, if there is room for it."""
        fresh = map_of(seen_in(snapshot.everything), FIRST)
        try:
            kept_map.keep(self._settings, model, fresh)
        except (StorageFullError, OSError) as error:
            logger.warning("The map of the passages cannot be kept: %s", error)
        return fresh

    def _current(self, sight: Sight) -> tuple[Map | None, bool]:
        """The map of all passages, and whether the worker draws a newer one."""
        model = sight.model
        with self._changing:
            wanted = (model, sight.snapshot.stamp, kept_map.drawn_at(self._settings, model))
            if self._of != wanted:
                self._drawn.clear()
                self._map, self._drawing = self._followed(sight)
                self._of = (*wanted[:2], kept_map.drawn_at(self._settings, model))
            return self._map, self._drawing

    def _followed(self, sight: Sight) -> tuple[Map | None, bool]:
        """The map that is kept, as far as it goes; drawn anew where too many came or went since."""
        seen = seen_in(sight.snapshot.everything)
        kept = kept_map.load(self._settings, sight.model)
        found = Map(kept, seen) if kept is not None else None
        if found and found.unknown + found.gone < max(CHANGED_LEAST, CHANGED * len(seen)):
            return found, False
        if len(seen) > self._at_once:
            kept_map.want(self._settings, sight.model)
            return found, True
        return Map(self.draw(sight.snapshot, sight.model), seen), False


def _seen_from(db: Transaction, sight: Sight, whole: Map, path: Path) -> Landscape:
    """Go down *path* through what the viewer may see, and look around there."""
    seen = seen_in(sight.snapshot.area(sight.sources))
    numbers, places = _first(seen, whole)
    words: list[Sequence[str]] = []
    for step, number in enumerate(path[:DEEPEST]):
        inside = numbers == number
        if _is_end(seen, numbers) or not inside.any():
            raise NotFoundError("There is no such place on the map any more. Begin at its top.")
        words.append(_labels(db, sight.viewer, seen, numbers).get(number, ()))
        seen = seen.only(inside)
        numbers, places = _deeper(seen) if step < DEEPEST - 1 else _no_groups(seen)
    if _is_end(seen, numbers):
        return Landscape(path, words, len(seen), spots=_spots(seen))
    return Landscape(
        path, words, len(seen), groups=_groups(db, sight.viewer, seen, (path, numbers, places))
    )


def _first(seen: Seen, whole: Map) -> tuple[Numbers, Places]:
    if len(seen) <= FEW:
        return _no_groups(seen)
    # Numbered by what is seen, so that no gap tells of a group that is not.
    numbers, order = by_size(whole.groups_of(seen), len(whole.kept.places))
    return numbers, whole.kept.places[order]


def _deeper(seen: Seen) -> tuple[Numbers, Places]:
    if len(seen) <= FEW:
        return _no_groups(seen)
    numbers, middles = grouped(seen, DEEPER)
    return numbers, plane(middles)


def _no_groups(seen: Seen) -> tuple[Numbers, Places]:
    return np.zeros(len(seen), dtype=np.uint8), np.zeros((1, 2))


def _is_end(seen: Seen, numbers: Numbers) -> bool:
    """Whether passages are shown one by one: few, or all the same."""
    return len(seen) <= FEW or len(np.unique(numbers)) < 2


def _groups(
    db: Transaction, viewer: Viewer, seen: Seen, laid: tuple[Path, Numbers, Places]
) -> list[Group]:
    path, numbers, places = laid
    told = _labels(db, viewer, seen, numbers)
    found = []
    for number in np.unique(numbers).tolist():
        members = seen.only(numbers == number)
        x, y = places[number].tolist()
        found.append(
            Group(
                path=(*path, number),
                passages=len(members),
                words=told.get(number, ()),
                place=(x, y),
                dots=in_disc(shadow(members.some(DOTS).vectors())),
            )
        )
    return found


def _labels(
    db: Transaction, viewer: Viewer, seen: Seen, numbers: Numbers
) -> Mapping[int, Sequence[str]]:
    """The words of each group: of passages that *viewer* may see, and of no others."""
    read = {
        number: seen.only(numbers == number).some(READ).ids.tolist()
        for number in np.unique(numbers).tolist()
    }
    here = passage_rows.by_ids(db, viewer, [i for ids in read.values() for i in ids])
    groups: dict[int, list[Said]] = {
        number: [
            (here[i].text, [name for _, name, _ in here[i].speakers]) for i in ids if i in here
        ]
        for number, ids in read.items()
    }
    return labels(groups)


def _spots(seen: Seen) -> list[Spot]:
    some = seen.some(SPOTS)
    places = plane(some.vectors()).tolist()
    return [
        Spot(passage_id, (x, y))
        for passage_id, (x, y) in zip(some.ids.tolist(), places, strict=True)
    ]


def _told(db: Transaction, viewer: Viewer, found: Landscape) -> Landscape:
    """The same with the passages themselves, as far as they are still there to be seen."""
    if not found.spots:
        return found
    here = passage_rows.by_ids(db, viewer, [spot.passage_id for spot in found.spots])
    note_found(db, viewer, {passage.session_id for passage in here.values()})
    spots = [
        replace(spot, passage=here[spot.passage_id])
        for spot in found.spots
        if spot.passage_id in here
    ]
    return replace(found, spots=spots)
