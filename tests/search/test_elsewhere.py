"""A question for a subject meets a second stretch before the first is read to its end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.aims import Aim
from search.elsewhere import FIRST, NEARLY, one_from_elsewhere
from search.ranking import STRETCH

FAR = 3 + STRETCH + 1  # the first place that is not in the stretch of any of the first four
PLACES = np.array([0, 1, 2, 3, 4, 5, FAR, FAR + 1])


def totals(elsewhere: float) -> np.ndarray:
    """Scores of a stretch, and of two passages from elsewhere."""
    return np.array([9, 9, 9, 9, 9, 9, elsewhere, elsewhere], dtype=np.float32)


def test_the_best_from_elsewhere_follows_the_first_ones() -> None:
    """One of them; the others keep their order."""
    order = one_from_elsewhere(Aim.SUBJECT, PLACES, totals(9 - NEARLY))

    assert order.tolist() == [0, 1, 2, 3, 6, 4, 5, 7]


@pytest.mark.parametrize(
    ("aim", "elsewhere"), [(Aim.SUBJECT, 8.9 - NEARLY), (Aim.FACT, 9.0), (Aim.OPEN, 9.0)]
)
def test_what_is_much_worse_and_other_questions_stay_as_they_are(
    aim: Aim, elsewhere: float
) -> None:
    """A fact is told in one place, and a worse stretch is no second meaning."""
    order = one_from_elsewhere(aim, PLACES, totals(elsewhere))

    assert order.tolist() == list(range(len(PLACES)))


@given(st.lists(st.integers(0, 60), unique=True))
def test_nothing_is_lost_or_doubled_and_the_first_ones_stay(places: list[int]) -> None:
    """However many passages there are."""
    found = np.array(places, dtype=np.int64)

    order = one_from_elsewhere(Aim.SUBJECT, found, np.zeros(len(found), dtype=np.float32))

    assert sorted(order.tolist()) == list(range(len(places)))
    assert order[:FIRST].tolist() == list(range(min(FIRST, len(places))))
