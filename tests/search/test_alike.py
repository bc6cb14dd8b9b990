"""Words that a recogniser wrote wrong are found by those that are spelled nearly so."""

import pytest

from library.access import GUEST
from library.store import Library
from search.alike import Spellings
from search.engine import Engine
from search.question import SELDOM, Names, read_question
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder

STEMS = ["walrus", "walrush", "wallrus", "waltz", "theologian", "theolog", "owl", "tide"]


def test_words_with_nearly_the_same_letters_are_alike() -> None:
    """The nearer the more alike; a word is not alike to itself, and a short one to none."""
    known = Spellings(STEMS)

    found = known.like("walrus")

    assert found == {"walrush": pytest.approx(0.875), "wallrus": pytest.approx(0.875)}
    assert set(known.like("theolog")) == {"theologian"}
    assert known.like("owl") == known.like("1066") == known.like("zebra") == {}
    assert Spellings([]).like("walrus") == {}


def test_letters_of_any_alphabet_are_compared() -> None:
    """Greek, and letters whose numbers end like that of the edge of a word."""
    assert set(Spellings(["философия", "ζωολογια"]).like("философию")) == {"философия"}
    assert set(Spellings(["ыыыыаб"]).like("ыыыыа")) == {"ыыыыаб"}


def test_words_that_are_said_all_the_time_mean_themselves() -> None:
    """They are not looked up for a word that is spelled so."""
    question = read_question(
        "walrus",
        None,
        frequency=lambda stem: SELDOM + 1 if stem == "wallrus" else 1,
        passages=9,
        speakers=Names([]),
        alike=Spellings(STEMS).like,
    )

    assert question.alike == {"walrus": {"walrush": 0.875}}


def test_a_misheard_word_counts_where_the_word_itself_is_not_said(library: Library) -> None:
    """Of two sessions without the word, the one with a word spelled so comes first."""
    add_session(library, title="Other", lines=[("Ada", "Somebody asked for the harbour at night.")])
    add_session(library, title="Misheard", lines=[("Ben", "Somebody saw a wallrus at night.")])
    engine = Engine(library, BagOfWordsEmbedder())

    answer = engine.search("walrus at night", GUEST)

    assert answer.sessions[0].title == "Misheard"
