"""Tests of finding misrecognised words by similar spelling."""

import pytest

from library.access import GUEST
from library.store import Library
from search.engine import Engine
from search.ranking.question import SELDOM, read_question
from search.text.analyzer import Names
from search.text.spelling import Spellings
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder

STEMS = ["walrus", "walrush", "wallrus", "waltz", "theologian", "theolog", "owl", "tide"]


def test_words_with_nearly_the_same_letters_are_alike() -> None:
    """Stems with a similar spelling are found, with their similarity.

    The word itself and short words are not found.
    """
    known = Spellings(STEMS)

    found = known.like("walrus")

    assert found == {"walrush": pytest.approx(0.875), "wallrus": pytest.approx(0.875)}
    assert set(known.like("theolog")) == {"theologian"}
    assert known.like("owl") == known.like("1066") == known.like("zebra") == {}
    assert Spellings([]).like("walrus") == {}


def test_letters_of_any_alphabet_are_compared() -> None:
    """Similar words are found in any alphabet, such as Cyrillic."""
    assert set(Spellings(["философия", "ζωολογια"]).like("философию")) == {"философия"}
    assert set(Spellings(["ыыыыаб"]).like("ыыыыа")) == {"ыыыыаб"}


def test_frequent_words_are_not_misrecognised() -> None:
    """A frequent word is never treated as a misspelling of the question's word."""
    question = read_question(
        "walrus",
        None,
        frequency=lambda stem: SELDOM + 1 if stem == "wallrus" else 1,
        passages=9,
        speakers=Names([]),
        alike=Spellings(STEMS).like,
    )

    assert question.alike == {"walrus": {"walrush": 0.875}}


def test_a_misrecognised_word_is_found(library: Library) -> None:
    """A session with a misrecognised form of the question's word ranks before other sessions."""
    add_session(library, title="Other", lines=[("Ada", "Somebody asked for the harbour at night.")])
    add_session(library, title="Misheard", lines=[("Ben", "Somebody saw a wallrus at night.")])
    engine = Engine(library, BagOfWordsEmbedder())

    answer = engine.search("walrus at night", GUEST)

    assert answer.sessions[0].title == "Misheard"
