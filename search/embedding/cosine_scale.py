"""Scale of a model's cosines, measured on texts about different subjects.

The cosine of two unrelated texts is near 0 for MiniLM and above .6 for e5. Limits and weights are
therefore given for similarities, which do not depend on the model.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from search.embedding.embedder import Embedder
from search.embedding.text_vectors import Vectors

Cosine = TypeVar("Cosine", float, Vectors)

QUESTIONS = (
    "How do I ask for more money?",
    "What did the harbour cost in the end?",
    "my team does not listen to me",
    "When is the right time to prune an apple tree?",
    "learning to present",
    "Who repaired the organ after the fire?",
)
PASSAGES = (
    "Maya: I kept every receipt in a shoe box, and in April my sister typed them all.",
    "So the second shift starts at two, and whoever comes late gets the cold soup.",
    "Tom: The fever went down on Sunday. We slept, all four of us, until noon.",
    "We sailed with nine people and one compass. Nobody had told us about the current.",
    "Right. Yeah. No, go on, I am listening.",
    "Ines: Then the choir had no tenor any more, and the new priest wanted guitars.",
    "The valve is on the left side, behind the panel. You turn it until it clicks.",
    "Paul: I wrote to the ministry three times, and the third answer had a name under it.",
)
SMALLEST = 0.01  # minimum deviation, for models without differences
LARGEST = 0.95  # maximum cosine of unrelated texts, for the same reason


@dataclass(frozen=True, kw_only=True)
class CosineScale:
    """Cosines of unrelated texts."""

    mean: float  # of a question and a passage
    deviation: float  # standard deviation of these cosines
    alike: float  # mean cosine of two texts of one kind

    def similarity(self, cosine: Cosine) -> Cosine:
        """Return the similarity of two texts of one kind: 0 for unrelated texts, 1 for equal ones.

        Args:
            cosine: one cosine, or cosines `(n,) float32`.
        """
        return (cosine - self.alike) / (1 - self.alike)


_measured: WeakKeyDictionary[Embedder, CosineScale] = WeakKeyDictionary()


def scale_of(embedder: Embedder) -> CosineScale:
    """Return the scale of a model's cosines. It is measured at the first call."""
    scale = _measured.get(embedder)
    if scale is None:
        questions = embedder.embed_questions(QUESTIONS)
        passages = embedder.embed_passages(PASSAGES)
        between = questions @ passages.T
        within = [
            float(one @ other)
            for vectors in (questions, passages)
            for one, other in combinations(vectors, 2)
        ]
        scale = _measured[embedder] = CosineScale(
            mean=float(between.mean()),
            deviation=max(SMALLEST, float(between.std())),
            alike=float(np.clip(np.mean(within), 0, LARGEST)),
        )
    return scale
