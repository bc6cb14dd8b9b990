"""The index at one moment: what it consists of, and numbers about all of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from library.editing.transcripts import is_name
from library.holdings.passages import Census, Stamp
from search.area import Area, Shown, area_of
from search.part import Part
from search.question import Names
from search.ranking import WORDS

AREAS = 16  # askers and filters whose areas are kept


@dataclass(frozen=True)
class Snapshot:
    """The index at one moment."""

    stamp: Stamp
    shown: tuple[Shown, ...] = ()
    _areas: dict[bytes, Area] = field(default_factory=dict, compare=False)

    @property
    def parts(self) -> Sequence[Part]:
        """What it consists of."""
        return [shown.part for shown in self.shown]

    @cached_property
    def everything(self) -> Area:
        """The area of all passages."""
        return area_of(self.shown)

    def area(self, sources: NDArray[np.int64]) -> Area:
        """The area of what comes from these sources; those of the last askers are kept."""
        key = sources.tobytes()
        area = self._areas.get(key)
        if area is None:
            area = area_of(self.shown, sources)
            if area.count == self.everything.count:
                area = self.everything
            if len(self._areas) >= AREAS:
                self._areas.clear()
            self._areas[key] = area
        return area

    @cached_property
    def averages(self) -> dict[int, float]:
        """Mean number of stems in a window, by its reach."""
        count = self.everything.count
        return {
            reach: sum(shown.window_total(reach) for shown in self.shown) / count if count else 1.0
            for reach in WORDS
        }

    @cached_property
    def speakers(self) -> Names:
        """Names of all who speak."""
        heard = (str(name) for part in self.parts for name in part.speakers.numbers)
        return Names(name for name in heard if is_name(name))

    def census(self) -> Census:
        """What the library must say of its passages if this is its index."""
        here = [(s.part, slice(None) if s.rows is None else s.rows) for s in self.shown]
        return Census(
            sum(s.count for s in self.shown),
            sum(int(part.ids[rows].sum()) for part, rows in here),
            sum(int(part.sources[rows].sum()) for part, rows in here),
        )

    def frequency(self, stem: str) -> int:
        """In how many passages a stem occurs."""
        return self.everything.frequency(stem)
