"""Tests of the lexicon: stems by prefix and spelling."""

import pytest

from search.engine import Engine
from search.index.lexicon import Vocabulary, dictionary
from tests.builders import add_session


@pytest.fixture
def segments(library, embedder):
    """Index segments of one session."""
    add_session(library, lines=[("Ada", "The budget of a bridge."), ("Ben", "A bridge budgeted.")])
    with library.reading() as db:
        return Engine(library, embedder).snapshot(db).segments


def test_stems_are_found_by_beginning_and_spelling(segments):
    """A lexicon finds stems by prefix and by similar spelling, and counts their passages."""
    lexicon = Vocabulary().of(segments)

    assert lexicon.beginning("b") == {"ben", "bridg", "budget"}
    assert lexicon.count("budget") == 2
    assert lexicon.count("walrus") == 0
    assert lexicon.like("bugdet") == {"budget": 1}
    assert "budget" in lexicon.alike("budgett")


def test_a_segment_is_sorted_once(segments):
    """Two lexicons of the same index segments share the sorted stems of each segment."""
    vocabulary = Vocabulary()

    first, second = vocabulary.of(segments), vocabulary.of(segments)

    assert [id(part) for part in first.segments] == [id(part) for part in second.segments]


def test_a_dictionary_has_the_stems_of_its_words():
    """Words that are spelled correctly are compared by their stems."""
    assert dictionary(frozenset(["Letters", "bridges"])) == {"letter", "bridg"}
