"""Baseline rankings over the same passages: nearest vectors, BM25, reciprocal rank fusion."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from library.sessions.passages import IndexRow
from search.index.dense import from_bytes
from search.index.postings import collect
from search.ranking.question import rarity
from search.text.analyzer import stems

Places = NDArray[np.int64]

K1, B = 1.2, 0.75  # the usual constants of BM25
RANKS = 60  # the usual constant of reciprocal rank fusion (Cormack et al. 2009)
DEPTH = 200  # passages in each ranking


class Baselines:
    """Rankings by the text encoder alone, BM25 alone, and their reciprocal rank fusion."""

    def __init__(self, rows: Sequence[IndexRow], dimension: int) -> None:
        self._ids = [row.id for row in rows]
        self._sources = np.array([row.source_id for row in rows])
        self._vectors = from_bytes([row.vector for row in rows], dimension).astype(np.float32)
        content = [stems(row.text) for row in rows]
        self._stems = collect(np.arange(len(rows), dtype=np.int32), content)
        lengths = np.array([len(found) for found in content], dtype=np.float32)
        self._norms = K1 * (1 - B + B * lengths / max(1.0, float(lengths.mean())))

    def rankings(
        self, question: str, vector: NDArray[np.float32], sources: Sequence[int] | None
    ) -> Mapping[str, list[int]]:
        """Return passage ids, best first, by system: "encoder", "bm25" and "rrf".

        Args:
            question: Text of the question.
            vector: Embedding of the question, `(d,) float32`.
            sources: Ids of the sources to search. None searches all of them.
        """
        among = (
            np.arange(len(self._ids))
            if sources is None
            else np.flatnonzero(np.isin(self._sources, sources))
        )
        dense = _best(among, self._vectors[among] @ vector)
        lexical = _best(among, self._bm25(question)[among])
        return {
            name: [self._ids[place] for place in places]
            for name, places in (
                ("encoder", dense),
                ("bm25", lexical),
                ("rrf", _fused(dense, lexical)),
            )
        }

    def overlap(self, question: str, turns: str) -> float | None:
        """Return the share (0 to 1) of a question's stems that occur in the text *turns*.

        Rare stems have a larger weight. The result is None if the question has no stems.
        """
        weights = {s: self._rarity(s) for s in stems(question)}
        turn_stems = set(stems(turns))
        if not weights:
            return None
        return sum(w for s, w in weights.items() if s in turn_stems) / sum(weights.values())

    def _rarity(self, stem: str) -> float:
        return rarity(len(self._stems.find(stem)[0]), len(self._ids))

    def _bm25(self, question: str) -> NDArray[np.float32]:
        scores = np.zeros(len(self._ids), dtype=np.float32)
        for stem in dict.fromkeys(stems(question)):
            places, counts = self._stems.find(stem)
            scores[places] += self._rarity(stem) * counts / (counts + self._norms[places])
        return scores


def _best(among: Places, scores: NDArray[np.float32]) -> Places:
    best: Places = among[np.argsort(-scores, kind="stable")[:DEPTH]]
    return best


def _fused(*rankings: Places) -> Places:
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, place in enumerate(ranking.tolist(), start=1):
            scores[place] = scores.get(place, 0.0) + 1 / (RANKS + rank)
    return np.array(sorted(scores, key=lambda place: -scores[place])[:DEPTH], dtype=np.int64)
