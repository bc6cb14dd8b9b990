"""Tests of readable questions."""

import pytest

from search.text.readable import is_readable


@pytest.mark.parametrize(
    "text", ["retirement", "say no", "Ruhestand", "mentorát", "квантовый", "量子", "ქართული"]
)
def test_a_word_of_a_language_is_readable(text: str) -> None:
    """One word is enough, in any script."""
    assert is_readable(text)


@pytest.mark.parametrize("text", ["qqqq wwww", "----", "0000", "😀", "", "xkcdq zzpt 42"])
def test_signs_numbers_and_random_letters_are_not_readable(text: str) -> None:
    """A vector of such a question has no meaning."""
    assert not is_readable(text)
