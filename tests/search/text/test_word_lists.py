"""Tests of the word lists and of telling the language of a question."""

import pytest

from search.text.analyzer import words
from search.text.word_lists import WordFilter, language_of, plain, word_list


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("How do I ask my boss for more money?", "en"),
        ("how do i handel a dificult client", "en"),
        ("Wie sage ich meinem Chef, dass ich mehr Geld will?", "de"),
        ("¿Cómo le digo a mi jefe que quiero ganar más?", "es"),
        ("Comment demander une augmentation à mon chef ?", "fr"),
        ("Come chiedo un aumento al mio capo?", "it"),
        ("Hoe vraag ik mijn baas om meer geld?", "nl"),
        ("Como peço um aumento ao meu chefe?", "pt"),
        ("Jak poprosić szefa o podwyżkę?", ""),
        ("Как попросить повышение?", ""),
        ("qqqq wwww", ""),
        ("", ""),
    ],
)
def test_the_language_of_a_question(question: str, language: str) -> None:
    """The language of a question is told if it has a list and most words are in it."""
    found = language_of(words(question))

    assert (found.language if found else "") == language


def test_words_are_known_with_and_without_accents() -> None:
    """Rare words and inflected forms are in the list, with their accents or without."""
    german, french = word_list("de"), word_list("fr")

    assert all(map(german.has, ("befördert", "befordert", "Delegieren", "größer")))
    assert all(map(french.has, ("cœur", "coeur", "résumé")))
    assert not german.has("lighthouse")
    assert not french.has("zzyzx")


def test_compound_nouns_of_german_have_known_parts() -> None:
    """A German compound of two known words is recognised. English has no such compounds."""
    assert word_list("de").has_parts("Gehaltsverhandlung")
    assert not word_list("de").has_parts("Gehaltsverhxndlung")
    assert not word_list("en").has_parts("salarytalk")


def test_forms_of_one_word_have_one_stem() -> None:
    """Two inflected forms of a word are recognised in their own language."""
    assert word_list("es").same_stem("pido", "pide")
    assert not word_list("en").same_stem("raise", "praise")


def test_a_filter_has_every_word_that_was_added() -> None:
    """A filter has all its words and almost no others."""
    every = [f"word{number}" for number in range(500)]
    known = WordFilter(bytearray(900))

    for word in every:
        known.add(word)

    assert all(word in known for word in every)
    assert sum(f"other{number}" in known for number in range(500)) < 10


def test_words_are_compared_without_accents_and_ligatures() -> None:
    """Case, accents and ligatures do not distinguish words of a list."""
    assert plain("Œuvre") == "oeuvre"
    assert plain("GRÖSSE") == plain("Größe")
