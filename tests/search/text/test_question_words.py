"""Tests of the words of a question that are searched.

Covers: terms, stop_words.
"""

from collections.abc import Collection

import pytest

from search.text.question_words import question_terms

EVERYWHERE = {"en", ""}


def terms(question: str, *, languages: Collection[str] = EVERYWHERE, absent: str = "") -> list[str]:
    """Return the keys of a question in an index that has all keys, except those in *absent*."""
    missing = absent.split()
    return list(question_terms(question, languages, lambda key: int(key not in missing)))


@pytest.mark.parametrize(
    ("question", "sought"),
    [
        ("How do I say no?", ["=say", "=no"]),
        ("tell the truth", ["=tell", "truth"]),
        ("How do I speak up?", ["speak", "=up"]),
        ("Where is the meeting?", ["=meet"]),
        ("to be or not to be", ["=not"]),
        ("who are you", ["=who", "=are", "=you"]),
        ("What did they think of the budget?", ["budget"]),
        ("Summarize the meeting about lighting", ["light"]),
        ("How do I tell a colleague the truth?", ["colleagu", "truth"]),
        ("", []),
        ("?!", []),
    ],
)
def test_stop_words_count_where_little_else_is_said(question: str, sought: list[str]) -> None:
    """Stop words are searched only if the question has at most one other word."""
    assert terms(question) == sought


def test_an_abbreviation_is_no_stop_word() -> None:
    """Capitals keep their weight, unless the library does not know them or all is in capitals."""
    assert terms("the IT team") == ["=IT", "team"]
    assert terms("IT?") == ["=IT"]
    assert terms("the IT team", absent="=IT") == ["team"]
    assert terms("WHAT IS THE PRICE TAG") == ["price", "tag"]


def test_a_compound_has_several_spellings() -> None:
    """A word with a hyphen, or with a short first part, is also searched as one word."""
    for question in ("x-ray rooms", "x ray rooms"):
        one, two, _ = question_terms(question, EVERYWHERE, lambda _key: 1)
        assert (one, one.also) == ("x", ("xray",))
        assert (two, two.also) == ("ray", ("xray",))


def test_signs_count_if_the_library_has_them() -> None:
    """C++ is searched with its signs. If nobody said it, it is searched as a letter."""
    assert terms("C++ lessons") == ["c++", "lesson"]
    assert terms("C++ lessons", absent="c++") == ["c", "lesson"]


def test_a_word_has_its_stem_in_each_language_of_the_index() -> None:
    """A word of the question is one term, with its stems in all languages of the index."""
    _, term = question_terms("die alten und die Zeitungen", {"de", "en"}, lambda _key: 1)

    assert (term, term.also) == ("zeitungen", ("zeitung",))


def test_stems_that_the_index_lacks_are_left_out() -> None:
    """A term has only keys of the index beside its own, so a question costs little."""
    (term,) = question_terms("budgets", {"de", "fr", "en"}, lambda key: int(key == "budget"))

    assert (term, term.also) == ("budget", ())


def test_stop_words_are_those_of_the_language_of_the_question() -> None:
    """A German question leaves out German stop words, also in a library in English."""
    assert terms("Was haben wir über die Brücke und den Fluss") == ["bruck", "fluss"]
    assert terms("the old die is cast") == ["old", "die", "cast"]


def test_accidental_pairs_of_characters_are_left_out() -> None:
    """A pair across two Chinese words is left out, if the library has the words around it."""
    assert terms("打渔船修理", languages={"zh"}, absent="渔船 船修") == ["打渔", "修理"]
    assert terms("打渔", languages={"zh"}, absent="打渔") == ["打渔"]
