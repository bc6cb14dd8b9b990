"""Keys of words in the index: stems by language (Snowball, Porter 2001), and marked stop words."""

import re
from collections.abc import Callable
from threading import Lock

import Stemmer

from search.text.stop_words import MARK, stop_words_of

REMEMBERED = 200_000  # cached words of each language

# Snowball's algorithms by language (BCP 47 primary tag). Words of unknown language are stemmed as
# English, words of other languages not at all.
ALGORITHMS = {
    "": "english", "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german",
    "el": "greek", "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian",
    "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "st": "sesotho", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_NUMBER = re.compile(r"0?(\d+?)(?:st|nd|rd|th)?")


class _Table(dict[str, str]):
    """Cache by folded word; faster than an LRU cache."""

    def __init__(self, make: Callable[[str], str]) -> None:
        self._make = make

    def __missing__(self, word: str) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        self[word] = found = self._make(word)
        return found


class Stemming:
    """Keys and stems of the folded words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._stop_words = stop_words_of(language)
        algorithm = ALGORITHMS.get(language)
        self._stemmer = Stemmer.Stemmer(algorithm) if algorithm else None
        self._stemming = Lock()  # the stemmer is stateful and not thread-safe
        self.keys = _Table(self._key)  # key in the index of each word
        self.stems = _Table(self._stem)  # stem of each word; empty for a stop word

    def is_stop_word(self, word: str) -> bool:
        """Return whether a folded word is a stop word of the language."""
        return word in self._stop_words

    def _key(self, word: str) -> str:
        stemmed = self._stemmed(word)
        return MARK + stemmed if word in self._stop_words else stemmed

    def _stem(self, word: str) -> str:
        return "" if word in self._stop_words else self._stemmed(word)

    def _stemmed(self, word: str) -> str:
        if word[:1].isdigit() and (number := _NUMBER.fullmatch(word)):
            return number[1]  # "14th" is 14, and "03" is 3
        if self._stemmer is None:
            return word
        with self._stemming:
            return str(self._stemmer.stemWord(word))


_ENGLISH = Stemming("")
_stemmings = {"": _ENGLISH, "en": _ENGLISH}


def stemming_of(language: str) -> Stemming:
    """Return the stemming of a language (BCP 47 primary tag); of English if it is empty."""
    if language not in _stemmings:
        _stemmings[language] = Stemming(language)
    return _stemmings[language]
