"""Recognition of questions that are text in a language, and not signs or random letters."""

import re

from library.sessions.language_guess import guess_language
from search.text.word_lists import word_lists

_WORDS = re.compile(r"[^\W\d_]+")


def is_readable(text: str) -> bool:
    """Return whether a text has a word of a language.

    The languages are those that `guess_language` recognises, those with a word list, and all that
    are not written in Latin letters.
    """
    if guess_language(text):
        return True
    words = _WORDS.findall(text)
    return any(not word.isascii() for word in words) or any(
        known.has(word) for known in word_lists() for word in words
    )
