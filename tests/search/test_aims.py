"""What a question is after decides how far its answer reaches."""

import numpy as np
import pytest

from search.aims import Aim, aim_of
from search.ranking import FALL, STRETCH, stretched


@pytest.mark.parametrize(
    ("asked", "aim"),
    [
        ("When did she move to Leeds?", Aim.FACT),
        ("How many people led the team", Aim.FACT),
        ("WHO asked first?", Aim.FACT),
        ("What did Maya say about feedback?", Aim.SUBJECT),
        ("Who said something about feedback?", Aim.SUBJECT),
        ("Summarise the discussion of the budget.", Aim.SUBJECT),
        ("giving feedback early", Aim.SUBJECT),
        ("How do I give feedback?", Aim.OPEN),
        ("feedback?", Aim.OPEN),
    ],
)
def test_a_question_asks_for_a_fact_or_for_a_subject(asked: str, aim: Aim) -> None:
    """By its words; words without a question name a subject, as a heading does."""
    assert aim_of(asked) is aim


def test_a_stretch_rises_with_its_best_passage() -> None:
    """The best keeps its score; the others come half of the way, less with every passage."""
    total = np.zeros(STRETCH + 4, dtype=np.float32)
    total[0], total[3] = 8, -np.inf

    found = stretched(total)

    assert found[0] == 8
    assert found[1] == pytest.approx((8 - FALL) / 2)
    assert found[STRETCH] == pytest.approx((8 - FALL * STRETCH) / 2)
    assert found[3] == -np.inf
    assert found[STRETCH + 3] == 0


def test_an_empty_field_has_no_stretches() -> None:
    """And does not stumble."""
    assert len(stretched(np.empty(0, dtype=np.float32))) == 0
