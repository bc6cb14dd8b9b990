"""Recognition of questions that are text in a language, and not signs or random letters."""

from library.sessions.language_guess import guess_language
from search.text.word_lists import LETTERS, is_word


def is_readable(text: str) -> bool:
    """Return whether a text has a word of a language.

    The languages are those that `guess_language` recognises and those with a word list. A word with
    a letter outside ASCII is taken for a word of another language.
    """
    return bool(guess_language(text)) or any(
        not word.isascii() or is_word(word) for word in LETTERS.findall(text)
    )
