"""Tests of promoting a distant passage in the results for a question about a subject."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.ranking.intent import Intent
from search.ranking.retrieval import FIRST, NEARLY, promote_distant
from search.ranking.weights import NEIGHBOURHOOD

FAR = 3 + NEIGHBOURHOOD + 1  # first slot that is not a neighbour of the first four
PLACES = np.array([0, 1, 2, 3, 4, 5, FAR, FAR + 1])


def totals(elsewhere: float) -> np.ndarray:
    """Return the scores of six neighbouring passages and of two distant ones, shape (8,).

    *elsewhere* is the score of the distant passages. The neighbouring passages have the score 9.
    """
    return np.array([9, 9, 9, 9, 9, 9, elsewhere, elsewhere], dtype=np.float32)


def test_the_best_distant_passage_follows_the_first_ones() -> None:
    """For a question about a subject, the best distant passage moves up to position five."""
    order = promote_distant(Intent.SUBJECT, PLACES, totals(9 - NEARLY))

    assert order.tolist() == [0, 1, 2, 3, 6, 4, 5, 7]


@pytest.mark.parametrize(
    ("aim", "elsewhere"), [(Intent.SUBJECT, 8.9 - NEARLY), (Intent.FACT, 9.0), (Intent.OPEN, 9.0)]
)
def test_worse_passages_and_other_intents_keep_their_order(aim: Intent, elsewhere: float) -> None:
    """A distant passage with a much lower score does not move up.

    For a question that is not about a subject, no passage moves up.
    """
    order = promote_distant(aim, PLACES, totals(elsewhere))

    assert order.tolist() == list(range(len(PLACES)))


@given(st.lists(st.integers(0, 60), unique=True))
def test_promotion_loses_and_duplicates_nothing(slots: list[int]) -> None:
    """When a passage moves up, none is lost or duplicated, and the first four stay in place."""
    found = np.array(slots, dtype=np.int64)

    order = promote_distant(Intent.SUBJECT, found, np.zeros(len(found), dtype=np.float32))

    assert sorted(order.tolist()) == list(range(len(slots)))
    assert order[:FIRST].tolist() == list(range(min(FIRST, len(slots))))
