"""The ranking of everything, nothing left out: what the fast search must be equal to."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from search.area import Area, Near, area_of
from search.dense import FlatIndex
from search.elsewhere import one_from_elsewhere
from search.field import lay_out
from search.question import Question
from search.ranking import score
from search.sieve import NEAREST
from search.snapshot import Snapshot


class ExactScan:
    """Compares every vector and scores every place."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._flat = [FlatIndex(np.array(part.dense.halves())) for part in snapshot.parts]

    def best(
        self, question: Question, count: int, sources: NDArray[np.int64] | None = None
    ) -> list[int]:
        """The ids of the best passages from *sources*; of all of them when None."""
        area = area_of(self._snapshot.shown, sources)
        field = lay_out(area, np.flatnonzero(area.open_blocks), self._near(question, area))
        total = score(question, field, self._snapshot.averages).total
        best = np.argsort(-total, kind="stable")[:count]
        places = field.area_places(field.candidates[best])
        order = one_from_elsewhere(question.aim, places, total[best])
        kept: Sequence[int] = area.ids(places[order]).tolist()
        return list(kept)

    def _near(self, question: Question, area: Area) -> Near | None:
        if question.vector is None:
            return None
        places, cosines = [], []
        for part, flat, rows, start in zip(
            area.parts, self._flat, area.rows, area.starts, strict=False
        ):
            found, near = flat.nearest(question.vector, NEAREST, rows)
            places.append(part.places[found] + np.int32(start))
            cosines.append(near)
        there, near = np.concatenate(places), np.concatenate(cosines)
        best = np.argsort(-near, kind="stable")[:NEAREST]
        least = near[best].min() if len(best) < area.count else 0
        return Near(there[best], near[best], np.float32(least))
