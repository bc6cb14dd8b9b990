"""What else a question for a subject may be after.

All passages of a good stretch come before the next stretch, because a passage counts for what is
around it, too. Where another stretch is nearly as good, a person ought to meet it before having
read the whole of the first.
"""

import numpy as np
from numpy.typing import NDArray

from search.aims import Aim
from search.part import Line
from search.ranking import STRETCH

FIRST = 4  # places that stay as they are
NEARLY = 1.25  # how far below the best score it may be


def one_from_elsewhere(aim: Aim, places: NDArray[np.int64], totals: Line) -> NDArray[np.int64]:
    """An order in which the best passage from elsewhere follows the first ones, if it is good.

    Args:
        aim: what the question is after; only for a subject anything changes.
        places: of passages in an area, best first.
        totals: their scores.
    """
    order = np.arange(len(places))
    if aim is not Aim.SUBJECT:
        return order
    away = np.abs(places[:, None] - places[None, :FIRST]).min(axis=1, initial=np.iinfo(int).max)
    far = np.flatnonzero((away > STRETCH) & (totals >= totals[:1] - NEARLY))
    far = far[far >= FIRST][:1]
    return np.concatenate([order[:FIRST], far, np.setdiff1d(order[FIRST:], far)])
