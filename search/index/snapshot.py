"""Immutable snapshot of the index, with statistics of all passages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from library.sessions.passages import Census, Stamp
from library.transcripts.versions import is_name
from search.index.index_segment import IndexSegment
from search.index.scope import SearchScope, SegmentView, scope_of
from search.text.analyzer import Names

CACHED_SCOPES = 16  # cached search scopes


@dataclass(frozen=True)
class Snapshot:
    """Immutable snapshot of the index."""

    stamp: Stamp
    shown: tuple[SegmentView, ...] = ()
    _scopes: dict[bytes, SearchScope] = field(default_factory=dict, compare=False)

    @property
    def segments(self) -> Sequence[IndexSegment]:
        """The index segments."""
        return [shown.segment for shown in self.shown]

    @cached_property
    def full_scope(self) -> SearchScope:
        """Search scope of all passages."""
        return scope_of(self.shown)

    def scope(self, sources: NDArray[np.int64]) -> SearchScope:
        """Return the search scope of *sources*, `(n,) int64` ids, from a cache if possible."""
        key = sources.tobytes()
        scope = self._scopes.get(key)
        if scope is None:
            scope = scope_of(self.shown, sources)
            if scope.count == self.full_scope.count:
                scope = self.full_scope
            if len(self._scopes) >= CACHED_SCOPES:
                self._scopes.clear()
            self._scopes[key] = scope
        return scope

    def averages(self, reaches: Iterable[int]) -> dict[int, float]:
        """Return the mean number of stems in a window, by its reach (slots on each side)."""
        count = self.full_scope.count
        for reach in reaches:
            if reach not in self._averages:
                total = sum(shown.window_total(reach) for shown in self.shown)
                self._averages[reach] = total / count if count else 1.0
        return self._averages

    @cached_property
    def _averages(self) -> dict[int, float]:
        return {}

    @cached_property
    def speakers(self) -> Names:
        """Names of all speakers."""
        labels = (str(name) for segment in self.segments for name in segment.speakers.numbers)
        return Names(name for name in labels if is_name(name))

    @cached_property
    def languages(self) -> frozenset[str]:
        """Languages of the passages (BCP 47 primary tags; "" if unknown)."""
        return frozenset(str(tag) for segment in self.segments for tag in segment.languages.numbers)

    def census(self) -> Census:
        """Return the number of passages, the sum of their ids, and the sum of their source ids."""
        here = [(s.segment, slice(None) if s.rows is None else s.rows) for s in self.shown]
        return Census(
            sum(s.count for s in self.shown),
            sum(int(segment.ids[rows].sum()) for segment, rows in here),
            sum(int(segment.sources[rows].sum()) for segment, rows in here),
        )

    def frequency(self, stem: str) -> int:
        """Return the number of passages that contain a stem."""
        return self.full_scope.frequency(stem)
