"""Tests of the inverted index: terms with several keys."""

import numpy as np

from search.index.postings import collect
from search.text.terms import Term


def test_a_term_is_found_in_the_slots_of_all_its_keys() -> None:
    """A term has the slots of each of its keys once, with the sums of their counts."""
    postings = collect(
        np.array([0, 1, 2, 5], np.int32), [["hof", "court"], ["yard"], ["court"], ["hof", "hof"]]
    )

    both = Term("hof", ("court", "absent"))
    slots, counts = postings.find(both)

    assert slots.tolist() == postings.slots_of(both).tolist() == [0, 2, 5]
    assert counts.tolist() == [2, 1, 2]
    assert postings.count(both) == 3
    assert postings.count(Term("absent", ("yard",))) == postings.count("yard") == 1
    assert postings.count(Term("absent")) == 0
