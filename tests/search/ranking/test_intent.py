"""Tests of the intent of a question, and of its effect on neighbouring passages."""

import numpy as np
import pytest

from search.ranking.intent import Intent, classify_intent
from search.ranking.scoring import spread_to_neighbours
from search.ranking.weights import DECAY, NEIGHBOURHOOD


@pytest.mark.parametrize(
    ("asked", "aim"),
    [
        ("When did she move to Leeds?", Intent.FACT),
        ("How many people led the team", Intent.FACT),
        ("WHO asked first?", Intent.FACT),
        ("What did Maya say about feedback?", Intent.SUBJECT),
        ("Who said something about feedback?", Intent.SUBJECT),
        ("Summarise the discussion of the budget.", Intent.SUBJECT),
        ("giving feedback early", Intent.SUBJECT),
        ("How do I give feedback?", Intent.OPEN),
        ("feedback?", Intent.OPEN),
    ],
)
def test_a_question_asks_for_a_fact_or_for_a_subject(asked: str, aim: Intent) -> None:
    """The words of a question decide whether it asks for a fact, a subject, or either."""
    assert classify_intent(asked) is aim


def test_neighbours_rise_with_the_best_passage() -> None:
    """The neighbours of the best passage get higher scores, less with distance.

    The scores of other passages stay the same.
    """
    total = np.zeros(NEIGHBOURHOOD + 4, dtype=np.float32)
    total[0], total[3] = 8, -np.inf

    found = spread_to_neighbours(total)

    assert found[0] == 8
    assert found[1] == pytest.approx((8 - DECAY) / 2)
    assert found[NEIGHBOURHOOD] == pytest.approx((8 - DECAY * NEIGHBOURHOOD) / 2)
    assert found[3] == -np.inf
    assert found[NEIGHBOURHOOD + 3] == 0


def test_no_candidates_stay_empty() -> None:
    """Spreading the scores of no candidates returns an empty array."""
    assert len(spread_to_neighbours(np.empty(0, dtype=np.float32))) == 0
