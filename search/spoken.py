"""Words in their seconds, and where sentences end."""

from library.editing.spoken import SpokenWord, spoken_words, spread_one

__all__ = ["SpokenWord", "ends_sentence", "spoken_words", "spread_one"]

CLOSING = "\"')]\N{RIGHT SINGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
STOPS = (".", "!", "?", "\N{HORIZONTAL ELLIPSIS}")
LAST = frozenset((*CLOSING, *STOPS))


def ends_sentence(word: str) -> bool:
    """Whether a sentence ends with this word, as it is written."""
    return word[-1:] in LAST and word.rstrip(CLOSING).endswith(STOPS)
