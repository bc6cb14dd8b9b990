"""Scale of a model's cosines, measured on texts about different subjects.

The cosine of two unrelated texts is near 0 for MiniLM and above .6 for e5. Limits and weights are
therefore given relative to this scale.
"""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from search.embedding.embedder import Embedder

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
SMALLEST = 0.01  # minimum deviation, for models without differences …
GREATEST = 0.99  # … and maximum mean

Cosines = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class CosineScale:
    """Cosines of unrelated texts. Likeness is 0 for unrelated texts and 1 for equal texts."""

    mean: float  # mean cosine of a question and a passage
    deviation: float  # standard deviation of these cosines
    passages: float  # mean cosine of two passages
    questions: float  # mean cosine of two questions

    def passage_to_question(self, cosines: Cosines) -> Cosines:
        """Return the likeness of passages and questions with these cosines, any shape."""
        return _likeness(cosines, self.mean)

    def between_passages(self, cosines: Cosines) -> Cosines:
        """Return the likeness of pairs of passages with these cosines, any shape."""
        return _likeness(cosines, self.passages)

    def between_questions(self, cosines: Cosines) -> Cosines:
        """Return the likeness of pairs of questions with these cosines, any shape."""
        return _likeness(cosines, self.questions)


def _likeness(cosines: Cosines, unrelated: float) -> Cosines:
    return np.asarray((cosines - np.float32(unrelated)) / np.float32(1 - unrelated), np.float32)


_measured: WeakKeyDictionary[Embedder, CosineScale] = WeakKeyDictionary()


def scale_of(embedder: Embedder) -> CosineScale:
    """Return the scale of a model's cosines. It is measured at the first call."""
    scale = _measured.get(embedder)
    if scale is None:
        questions = embedder.embed_questions(QUESTIONS)
        passages = embedder.embed_passages(PASSAGES)
        between = questions @ passages.T
        scale = _measured[embedder] = CosineScale(
            mean=min(GREATEST, float(between.mean())),
            deviation=max(SMALLEST, float(between.std())),
            passages=_mean_of_pairs(passages @ passages.T),
            questions=_mean_of_pairs(questions @ questions.T),
        )
    return scale


def _mean_of_pairs(cosines: Cosines) -> float:
    """Return the mean of a table of cosines `(n, n)` without its diagonal."""
    return min(GREATEST, float(cosines[~np.eye(len(cosines), dtype=bool)].mean()))
