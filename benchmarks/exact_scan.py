"""Exact ranking of all passages: the reference for the fast search."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from search.embedding.cosine_scale import scale_of
from search.embedding.embedder import Embedder
from search.index.dense import FlatIndex
from search.index.scope import Near, SearchScope, scope_of
from search.index.snapshot import Snapshot
from search.ranking.candidate_blocks import gather
from search.ranking.pruning import NEAREST
from search.ranking.question import Question
from search.ranking.retrieval import promote_distant
from search.ranking.score_background import score_background
from search.ranking.scoring import score
from search.ranking.weights import WORDS, weights_for


class ExactScan:
    """Ranking that compares every vector and scores every slot."""

    def __init__(self, snapshot: Snapshot, embedder: Embedder) -> None:
        self._snapshot = snapshot
        self._model, self._scale = embedder.model, scale_of(embedder)
        self._flat = [FlatIndex(np.array(segment.dense.halves())) for segment in snapshot.segments]

    def best(
        self, question: Question, count: int, sources: NDArray[np.int64] | None = None
    ) -> list[int]:
        """Return the ids of the best passages, best first.

        Args:
            question: The parsed question.
            count: Number of passages.
            sources: Ids of the sources to search, `(n,) int64`. None searches all of them.
        """
        scope = scope_of(self._snapshot.shown, sources)
        weights = weights_for(self._model, len(question.rarity))
        near = self._near(question, scope)
        if weights.relative and near is not None and question.vector is not None:
            near = score_background(self._snapshot.shown, question.vector, self._scale).near(near)
        candidates = gather(scope, np.flatnonzero(scope.searchable_blocks), near)
        total = score(question, candidates, self._snapshot.averages(WORDS), weights).total
        best = np.argsort(-total, kind="stable")[:count]
        slots = candidates.to_scope_slots(candidates.slots[best])
        order = promote_distant(question.aim, slots, total[best])
        ids: Sequence[int] = scope.ids(slots[order]).tolist()
        return list(ids)

    def _near(self, question: Question, scope: SearchScope) -> Near | None:
        if question.vector is None:
            return None
        slots, cosines = [], []
        for segment, flat, rows, start in zip(
            scope.segments, self._flat, scope.rows, scope.starts, strict=False
        ):
            found, near = flat.nearest(question.vector, NEAREST, rows)
            slots.append(segment.slots[found] + np.int32(start))
            cosines.append(near)
        there, near = np.concatenate(slots), np.concatenate(cosines)
        best = np.argsort(-near, kind="stable")[:NEAREST]
        least = near[best].min() if len(best) < scope.count else 0
        return Near(there[best], near[best], np.float32(least))
