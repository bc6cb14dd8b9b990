"""Second ranking of the first passages by a cross-encoder."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from library.access import Viewer
from library.sessions import passage_queries
from library.store import Transaction
from search.ranking.retrieval import Ranking

FIRST = 50  # passages that are ranked again


class PassageScorer(Protocol):
    """Model that scores passages for a question."""

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32] | None:
        """Return a score for each passage, `(len(passages),) float32`, or None after a failure."""


def rerank(
    db: Transaction, viewer: Viewer, ranking: Ranking, scorer: PassageScorer | None
) -> Ranking:
    """Return the ranking with its first passages in the order of *scorer*.

    The passages exchange their scores, so that the best one has the best score as before. Whether
    there is an answer stays as decided: the scores of a cross-encoder are on another scale.
    """
    question, first = ranking.question.text, ranking.passages[:FIRST]
    if scorer is None or not question.strip():
        return ranking
    texts = passage_queries.by_ids(db, viewer, [passage.passage_id for passage in first])
    seen = [passage for passage in first if passage.passage_id in texts]
    scores = scorer.scores(question, [texts[passage.passage_id].text for passage in seen])
    if scores is None:
        return ranking
    totals = sorted((passage.score for passage in seen), reverse=True)
    order = np.argsort(-scores, kind="stable").tolist()
    again = [replace(seen[i], score=total) for i, total in zip(order, totals, strict=True)]
    return replace(ranking, passages=[*again, *ranking.passages[FIRST:]])
