"""Tests of stems by language."""

from search.text.stemming import stemming_of


def test_words_are_stemmed_in_their_language() -> None:
    """Forms of a word have one stem in its language."""
    for language, one, other in [
        ("de", "hofe", "hof"),
        ("es", "canciones", "cancion"),
        ("ru", "красный", "красного"),
        ("fr", "nations", "nation"),
    ]:
        stems = stemming_of(language).stems
        assert stems[one] == stems[other]


def test_a_language_without_a_stemmer_keeps_its_words() -> None:
    """Words are not stemmed as English if they are not English."""
    assert stemming_of("vi").stems["nhanes"] == "nhanes"
    assert stemming_of("").stems["plans"] == stemming_of("en").stems["plan"]


def test_ordinals_and_leading_zeros_are_numbers() -> None:
    """The 14th, 14 and 014 are one day."""
    stems = stemming_of("").stems
    assert stems["14th"] == stems["014"] == stems["14"] == "14"
    assert stems["0"] == "0"


def test_stop_words_have_marked_keys() -> None:
    """The index has a key for a stop word, which no other word has."""
    english = stemming_of("en")
    assert (english.stems["not"], english.keys["not"]) == ("", "=not")
    assert stemming_of("de").keys["not"] == "not"
