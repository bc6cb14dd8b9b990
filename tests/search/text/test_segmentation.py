"""Tests of segmentation: words in scripts without spaces, compounds, words with signs."""

from search.text.segmentation import additional_words, compounds, signed_words, spans_of, words


def test_a_script_without_spaces_is_cut_into_pairs() -> None:
    """A run of Chinese, Japanese, Korean or Thai becomes overlapping pairs of characters."""
    assert words("我爱学习。") == ["我爱", "爱学", "学习"]
    assert words("猫") == ["猫"]
    assert words("단어를 배웠다") == ["단어", "어를", "배웠", "웠다"]
    assert words("ความ") == ["คว", "วา", "าม"]
    assert words("用Python写") == ["用", "python", "写"]


def test_single_characters_are_words_too() -> None:
    """The index also has the single characters of a run."""
    assert additional_words("学习") == ["学", "习"]
    assert additional_words("猫") == []


def test_a_word_with_vowel_signs_is_one_word() -> None:
    """Words of Indic scripts are not cut at their vowel signs."""
    assert words("धैर्य रखना") == ["धैर्य", "रखना"]


def test_a_compound_is_also_written_together() -> None:
    """Hyphens join words, but not numbers."""
    assert [joined for joined, _ in compounds("a re-entry, covid\u201019")] == [
        "reentry",
        "covid19",
    ]
    assert [joined for joined, _ in compounds("one-to-one")] == ["onetoone", "oneto", "toone"]
    assert compounds("1987-1994 well- done") == []


def test_signs_belong_to_some_words() -> None:
    """Names of programming languages keep their signs."""
    assert signed_words("we used c++, f# and .net.") == ["c++", "f#", ".net"]
    assert signed_words("the end. next + 1 #4") == []


def test_sought_pairs_are_ranges_of_the_text() -> None:
    """Pairs that overlap are one range."""
    assert spans_of("我爱学习班", {"学习", "习班"}) == [(2, 5)]
    assert spans_of("我爱学习班", {"我爱", "习班"}) == [(0, 2), (3, 5)]
