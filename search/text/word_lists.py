"""Words of seven languages, and the language of a question.

`benchmarks.make_word_lists` made the files from pyspellchecker 0.9.1 (MIT), which has the counts of
words in film subtitles. Frequent words are stored with their frequency. All words are stored in a
filter, which needs two bytes for a word.
"""

import gzip
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import Stemmer

# Snowball stemmers by language (BCP 47)
STEMMERS = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
}
FOLDER = Path(__file__).parent / "words"
LETTERS = re.compile(r"[^\W\d_]+")
FREQUENT = 20_000  # words of a language that are offered as corrections
BITS_PER_WORD, PROBES = 16, 11  # of a filter: one unknown word in 2,000 passes
RARE, UNKNOWN = math.log(1e-7), math.log(1e-9)  # log probabilities of words without a frequency
MARGIN = 3.0  # minimum difference of the log probabilities of two languages
COMPOUNDING = ("de", "nl")  # languages that write compound nouns as one word
LINKS = ("", "s", "es", "n", "en")  # between the parts of a compound
SHORTEST_PART = 4  # letters


_PLAIN = str.maketrans({"æ": "ae", "đ": "d", "ł": "l", "ø": "o", "œ": "oe"})


def plain(word: str) -> str:
    """Return a word in lower case without accents, as the files contain it.

    Search may fold words in another way, without new files.
    """
    spread = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in spread if not unicodedata.combining(c)).translate(_PLAIN)


class WordFilter:
    """Set of words in a fixed number of bits (Bloom 1970). It never misses a word of the set."""

    def __init__(self, content: bytes | bytearray) -> None:
        self.content = content

    def add(self, word: str) -> None:
        """Add a word. The content must be a `bytearray`."""
        if isinstance(self.content, bytearray):
            for bit in self._bits(word):
                self.content[bit // 8] |= 1 << bit % 8

    def __contains__(self, word: str) -> bool:
        return all(self.content[bit // 8] >> bit % 8 & 1 for bit in self._bits(word))

    def _bits(self, word: str) -> Iterator[int]:
        digest = blake2b(word.encode(), digest_size=16).digest()
        first, step = int.from_bytes(digest[:8]), int.from_bytes(digest[8:])
        return ((first + i * step) % (8 * len(self.content)) for i in range(PROBES))


@dataclass(frozen=True, eq=False)
class WordList:
    """Words of one language. Words are compared as `plain` returns them."""

    language: str
    every: WordFilter
    frequent: Mapping[str, str]  # frequent words as written, by plain word
    weights: Mapping[str, float]  # their log probabilities, by plain word

    def has(self, word: str) -> bool:
        """Return whether a word is in the list."""
        return plain(word) in self.every

    def has_parts(self, word: str) -> bool:
        """Return whether a word is a compound noun with two parts of the list."""
        return self.language in COMPOUNDING and any(
            self.has(word[end:]) and any(self._is_first_part(word[:end], link) for link in LINKS)
            for end in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)
        )

    def weight(self, word: str) -> float:
        """Return the log probability of a word."""
        return self.weights.get(plain(word)) or (RARE if self.has(word) else UNKNOWN)

    def same_stem(self, one: str, other: str) -> bool:
        """Return whether two words are forms of one word, such as singular and plural."""
        stemmer = Stemmer.Stemmer(STEMMERS[self.language])
        first, second = stemmer.stemWords([one.lower(), other.lower()])
        return plain(str(first)) == plain(str(second))

    def _is_first_part(self, word: str, link: str) -> bool:
        part = word.removesuffix(link)
        return word.endswith(link) and len(part) >= SHORTEST_PART and self.has(part)


@lru_cache
def word_list(language: str) -> WordList:
    """Return the words of a language of `STEMMERS`."""
    text = gzip.decompress((FOLDER / f"{language}.txt.gz").read_bytes()).decode()
    frequent: dict[str, str] = {}
    weights: dict[str, float] = {}
    for line in text.split("\n"):
        word, per_milliard = line.split()
        frequent.setdefault(plain(word), word)
        weights.setdefault(plain(word), math.log(int(per_milliard) / 1e9))
    every = WordFilter((FOLDER / f"{language}.filter").read_bytes())
    return WordList(language, every, frequent, weights)


def word_lists() -> Sequence[WordList]:
    """Return the lists of all languages."""
    return [word_list(language) for language in STEMMERS]


def is_word(text: str) -> bool:
    """Return whether a text is a word of any of the lists."""
    return any(known.has(text) for known in word_lists())


def language_of(words: Sequence[str]) -> WordList | None:
    """Return the list of the language of a question; None if it cannot be told.

    Args:
        words: the words of the question.
    """
    scores = {known.language: sum(map(known.weight, words)) for known in word_lists()}
    best, second = sorted(scores, key=lambda language: -scores[language])[:2]
    likely = word_list(best)
    recognised = sum(map(likely.has, words))
    clear = scores[best] - scores[second] >= MARGIN and 2 * recognised > len(words)
    return likely if clear else None
