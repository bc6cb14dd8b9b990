"""Whether a question is answered at all.

The scores of different questions can be compared, so one threshold serves all of them. It looks
at the best passage only: how much of the question's weight (rare words weigh more) is said within
its reach, and how near its meaning is.
"""

import numpy as np
from numpy.typing import NDArray

from search.ranking import Scores

COVERAGE_WEIGHT, COSINE_WEIGHT = 1.0, 2.0
LEAST = 1.2


def evidence(scores: Scores, places: NDArray[np.int64]) -> float:
    """How much speaks for an answer among the best *places*."""
    if not len(places):
        return 0.0
    best = COVERAGE_WEIGHT * scores.coverage[places] + COSINE_WEIGHT * scores.cosine[places]
    return float(best.max())
