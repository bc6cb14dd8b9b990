"""Tests of text analysis: words, stems, sentence ends and names."""

from search.text.analyzer import Names, ends_sentence, fold, stem, stem_set, stems, words


def test_words_are_folded():
    """Words are folded to lower case without accents. Punctuation separates words."""
    assert fold("MÜLLER") == fold("Muller") == "muller"
    assert words("R&D, Ångström-units!") == ["r", "d", "angstrom", "units"]


def test_stems_leave_out_stop_words():
    """Forms of a word have the same stem. Stop words have no stem."""
    assert stem("budgets") == stem("budgeting") == "budget"
    assert stem("the") == ""
    assert stems("The budgets of the bridges") == ["budget", "bridg"]
    assert stem_set("bridge bridges") == {"bridg"}


def test_a_sentence_ends_at_a_stop_also_before_a_quotation_mark():
    """A full stop ends a sentence, also before a quotation mark. A comma does not end it."""
    assert ends_sentence("done.")
    assert ends_sentence("why?”")
    assert not ends_sentence("then,")


def test_a_name_is_asked_for_by_half_of_its_words():
    """A question names a person if it contains at least half of the words of the name."""
    names = Names(["Ada Byron", "Zoë Adams"])

    assert names.named(words("What did zoe say?")) == ["Zoë Adams"]
    assert names.named(words("What about byron and ada")) == ["Ada Byron"]
    assert names.named(words("the bridge")) == []
