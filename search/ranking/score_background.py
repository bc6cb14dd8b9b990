"""Background of a question's cosines, and similarities that are comparable across models.

In badly recognised transcripts all passages are near to each other, and cosines of some models are
always high. A cosine therefore counts relative to the mean cosine of the question in this library.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.embedding.cosine_scale import CosineScale
from search.index.index_segment import SlotArray
from search.index.scope import Near, SegmentView

# Similarities of unrelated texts. The weights of the ranking were fitted to cosines of MiniLM, so
# they are given on the scale of that model.
MEAN, DEVIATION = 0.07, 0.09
LEAST = MEAN - 3 * DEVIATION  # similarity of a passage without a vector
MORE = 50  # pseudo-passages with the cosines of unrelated texts, for small libraries


@dataclass(frozen=True)
class ScoreBackground:
    """Mean and standard deviation of a question's cosines over the index."""

    mean: float
    deviation: float
    scale: CosineScale  # cosines of unrelated texts

    def above(self, cosine: float) -> float:
        """Return the distance of a cosine from the mean, in standard deviations."""
        return (cosine - self.mean) / self.deviation

    def above_unrelated(self, similarity: float) -> float:
        """Return how far a cosine is above those of unrelated texts, in standard deviations.

        The cosine is given by its *similarity* on the scale of `MEAN` and `DEVIATION`.
        """
        cosine = self.mean + self.deviation * (similarity - MEAN) / DEVIATION
        return (cosine - self.scale.mean) / self.scale.deviation

    def similarities(self, cosines: SlotArray) -> SlotArray:
        """Return cosines `(n,) float32` on the scale of `MEAN` and `DEVIATION`, `(n,) float32`."""
        above = (cosines - np.float32(self.mean)) / np.float32(self.deviation)
        similar: SlotArray = np.float32(MEAN) + np.float32(DEVIATION) * above
        return np.asarray(np.maximum(similar, np.float32(LEAST)), dtype=np.float32)

    def near(self, nearest: Near) -> Near:
        """Return the nearest passages with similarities in place of their cosines."""
        bound = self.similarities(np.array([nearest.upper_bound], dtype=np.float32))
        return Near(nearest.slots, self.similarities(nearest.cosines), bound[0])


def score_background(
    shown: Sequence[SegmentView], vector: SlotArray, scale: CosineScale
) -> ScoreBackground:
    """Return mean and standard deviation of the query's cosine over the index.

    They are estimated from a sample of every index segment.

    Args:
        shown: the index segments.
        vector: unit vector of the query, `(dimension,) float32`.
        scale: cosines of unrelated texts; they count like `MORE` passages.
    """
    count, total = float(MORE), MORE * scale.mean
    squares = MORE * (scale.mean**2 + scale.deviation**2)
    for each in shown:
        rows, vectors = each.segment.some
        cosines = (vectors if each.rows is None else vectors[each.rows[rows]]) @ vector
        if len(cosines):
            count += each.count
            total += each.count * float(cosines.mean())
            squares += each.count * float((cosines * cosines).mean())
    mean = total / count
    return ScoreBackground(mean, math.sqrt(squares / count - mean * mean), scale)
