"""Text analysis of the lexical index: case folding, accent removal, stemming."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from threading import Lock

import Stemmer

from library.sessions.segments import SpokenWord, spoken_words, spread_one

WORD = re.compile(r"[^\W_]+")

# Words that name no subject, including question words and verbs of speaking. In a transcript they
# would match wherever a person asks or talks.
STOP_WORDS = frozenset(
    """
    a about above after again against all also am an and any are aren as at be because been before
    being below between both but by can cannot could couldn d did didn do does doesn doing don down
    during each few for from further had hadn has hasn have haven having he her here hers herself
    him himself his how however i if in into is isn it its itself just let ll m may me might mine
    more most must my myself no nor not now of off ok okay on once one only or other our ours
    ourselves out over own please quite rather re s same shall she should shouldn so some such t
    than that the their theirs them themselves then there these they this those through to too um
    uh under until up upon us ve very was wasn we were weren what whatever when where whether which
    while who whom whose why will with within without won would wouldn yeah yes you your yours
    yourself yourselves
    tell describe explain summarize summarise summary mention mentioned discuss discussed discusses
    discussing discussion discussions say says said saying talk talked talking talks think thinking
    thinks thought thoughts meeting meetings opinion opinions
    """.split()  # noqa: SIM905  (readable as a list of words)
)


class _Spaced(dict[int, str]):
    """Translation table that keeps letters and digits and maps all else to spaces.

    It is faster than a regular expression for words.
    """

    def __missing__(self, code: int) -> str:
        self[code] = chr(code) if chr(code).isalnum() else " "
        return self[code]


_SPACED = _Spaced()
_OUTSIDE_ASCII = re.compile(r"[^\x00-\x7f]+")

REMEMBERED = 200_000  # cached words

_stemmer = Stemmer.Stemmer("english")
_stemming = Lock()  # the stemmer is stateful and not thread-safe


def fold(text: str) -> str:
    """Return text in lower case without accents: Müller and MULLER are the same word."""
    text = text.casefold()
    if text.isascii():
        return text
    return _OUTSIDE_ASCII.sub(_without_accents, unicodedata.normalize("NFKD", text))


def _without_accents(found: re.Match[str]) -> str:
    return "".join(c for c in found.group() if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Return the folded words of a text in their order."""
    return fold(text).translate(_SPACED).split()


class _Stems(dict[str, str]):
    """Cache of stems by folded word; faster than an LRU cache."""

    def __missing__(self, word: str) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        if word in STOP_WORDS:
            found = ""
        else:
            with _stemming:
                found = str(_stemmer.stemWord(word))
        self[word] = found
        return found


_stems = _Stems()


def stem(word: str) -> str:
    """Return the stem of a folded word (Snowball English, Porter 2001); empty for a stop word."""
    return _stems[word]


def stems(text: str) -> list[str]:
    """Return the stems of a text in their order, without stop words."""
    return [s for s in map(_stems.__getitem__, words(text)) if s]


def stem_set(text: str) -> frozenset[str]:
    """Return the distinct stems of a text, without stop words."""
    return frozenset(map(_stems.__getitem__, words(text))) - {""}


__all__ = ["SpokenWord", "ends_sentence", "spoken_words", "spread_one"]

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
