"""Text analysis of the lexical index: words, stems and keys of a text, sentence ends, names."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from library.sessions.segments import SpokenWord, spoken_words, spread_one
from search.text.folding import fold, fold_text
from search.text.segmentation import additional_words, split, words
from search.text.stemming import stemming_of
from search.text.stop_words import MARK, STOP_WORDS
from search.text.terms import Term

WORD = re.compile(r"[^\W_]+")
CAPITALS = re.compile(r"\b[A-Z]{2,5}\b")


def stem(word: str, language: str = "") -> str:
    """Return the stem of a folded word in a language; empty for a stop word.

    Words of unknown language are stemmed as English.
    """
    return stemming_of(language).stems[word]


def stems(text: str, language: str = "") -> list[str]:
    """Return the stems of a text in their order, without stop words."""
    return [s for s in map(stemming_of(language).stems.__getitem__, words(text)) if s]


def stem_set(text: str, language: str = "") -> frozenset[str]:
    """Return the distinct stems of a text, without stop words."""
    return frozenset(map(stemming_of(language).stems.__getitem__, words(text))) - {""}


def keys_and_length(text: str, language: str) -> tuple[list[str], int]:
    """Return the keys of a text in the index, and how many of its words are no stop words.

    The keys are the stems, the marked stop words, abbreviations that look like stop words (IT), and
    what compounds and signs also say (e-mail, C++).
    """
    stemming = stemming_of(language)
    folded = fold_text(text)
    keys = list(map(stemming.keys.__getitem__, split(folded)))
    length = len(keys) - sum([key[0] == MARK for key in keys])
    keys += map(stemming.keys.__getitem__, additional_words(folded))
    return keys + abbreviations(text, language), length


def abbreviations(text: str, language: str) -> list[str]:
    """Return the keys of stop words in capitals. In a text all in capitals there are none."""
    if text.isupper() and " " in text:
        return []
    is_stop_word = stemming_of(language).is_stop_word
    return [MARK + word for word in CAPITALS.findall(text) if is_stop_word(word.lower())]


def term_of(word: str, languages: Iterable[str]) -> Term:
    """Return a folded word as a term: its keys in several languages, that of English first."""
    first, *others = dict.fromkeys(stemming_of(tag).keys[word] for tag in ("", *languages))
    return Term(first, others)


def key_set(text: str, language: str = "") -> frozenset[str]:
    """Return the distinct keys of a text in the index."""
    return frozenset(keys_and_length(text, language)[0])


__all__ = [
    "STOP_WORDS", "Names", "SpokenWord", "ends_sentence", "fold", "spoken_words", "spread_one",
    "words",
]  # fmt: skip

CLOSING = "\"')]\N{RIGHT SINGLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
STOPS = (".", "!", "?", "\N{HORIZONTAL ELLIPSIS}")
LAST = frozenset((*CLOSING, *STOPS))


def ends_sentence(word: str) -> bool:
    """Return whether a word, as written, ends a sentence."""
    return word[-1:] in LAST and word.rstrip(CLOSING).endswith(STOPS)


class Names:
    """Index of speaker names by the words in them."""

    def __init__(self, names: Iterable[str]) -> None:
        self._words = {name: frozenset(words(name)) for name in dict.fromkeys(names)}
        self._having: dict[str, list[str]] = {}
        for name, parts in self._words.items():
            for part in parts:
                self._having.setdefault(part, []).append(name)

    def named(self, asked: Sequence[str]) -> list[str]:
        """Return the names with at least half of their words in the question *asked*."""
        matches = Counter(
            name for word in dict.fromkeys(asked) for name in self._having.get(word, ())
        )
        return [name for name, count in matches.items() if 2 * count >= len(self._words[name])]
