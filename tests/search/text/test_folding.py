"""Tests of folding: spellings of the same word become the same."""

import unicodedata

import pytest

from search.text.folding import compose, fold, fold_text, join_digits, split_words


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Wałęsa", "walesa"),
        ("Bjørn", "bjorn"),
        ("manœuvre", "manoeuvre"),
        ("Cæsar", "caesar"),
        ("Fußweg", "fussweg"),
        ("Đà Nẵng", "da nang"),
        ("ofﬁce", "office"),
        ("ＲＡＤＩＯ ７", "radio 7"),
        ("work\u00adshop", "workshop"),
        ("water\u200bfall", "waterfall"),
        ("Ёж", "еж"),
        ("ΛΌΓΟΣ", "λογος"),
        ("كِتَـــاب", "كتاب"),
        ("یکی", "يكي"),
        ("סֵפֶר", "ספר"),
        ("١٢", "12"),
        ("IŞIL", "isil"),
    ],
)
def test_spellings_are_the_same_word(written: str, typed: str) -> None:
    """Accents, strokes, ligatures, width and invisible characters make no other word."""
    assert fold(written) == fold(typed) == fold(unicodedata.normalize("NFD", written))


@pytest.mark.parametrize(
    ("one", "other"), [("мой", "мои"), ("か", "が"), ("की", "क"), ("ป่า", "ป้า")]
)
def test_marks_that_make_another_letter_stay(one: str, other: str) -> None:
    """Voicing of kana, vowel signs, tones and the Cyrillic й distinguish words."""
    assert fold(one) != fold(other)


def test_an_emoji_is_a_word() -> None:
    """Emoji are words, each of its own. Other symbols separate words."""
    assert split_words(fold("well done👏🏽👏 5°C")) == ["well", "done", "👏", "👏", "5", "c"]


@pytest.mark.parametrize(
    ("written", "joined"),
    [
        ("1,250,000", "1250000"),
        ("1.250.000", "1250000"),
        ("1\u202f250\u202f000", "1250000"),
        ("43'750", "43750"),
        ("3.5", "3.5"),
        ("1987, 250", "1987, 250"),
        ("1987,250", "1987,250"),
        ("12,34,567", "12,34,567"),
    ],
)
def test_digits_of_a_number_are_joined(written: str, joined: str) -> None:
    """Separators of thousands are left out. Other commas and stops stay."""
    assert join_digits(written) == joined
    assert fold_text(written) == fold(joined)


def test_composed_text_has_whole_letters() -> None:
    """A letter and its mark become one character."""
    assert compose("re\u0301sume\u0301") == "résumé"
