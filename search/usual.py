"""How near the passages of a library usually are to a question."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from search.area import Shown
from search.part import Line

# A library of a few passages says little about what is usual: as if there were so many more, of
# talk of all kinds and questions about it.
MORE, MEAN, DEVIATION = 50, 0.07, 0.09


@dataclass(frozen=True)
class Usual:
    """The mean and the standard deviation of a question's cosines."""

    mean: float
    deviation: float

    def above(self, cosine: float) -> float:
        """How far a cosine is above the mean, in standard deviations."""
        return (cosine - self.mean) / self.deviation


def usual(shown: Sequence[Shown], vector: Line) -> Usual:
    """What is usual among all passages that are shown, told from some of each part.

    Args:
        shown: the parts of an index.
        vector: of the question, of unit length, shape (dimension,).
    """
    count, total = float(MORE), MORE * MEAN
    squares = MORE * (MEAN**2 + DEVIATION**2)
    for each in shown:
        rows, vectors = each.part.some
        cosines = (vectors if each.rows is None else vectors[each.rows[rows]]) @ vector
        if len(cosines):
            count += each.count
            total += each.count * float(cosines.mean())
            squares += each.count * float((cosines * cosines).mean())
    mean = total / count
    return Usual(mean, math.sqrt(squares / count - mean * mean))
