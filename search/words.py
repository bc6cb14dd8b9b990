"""Words as the lexical index knows them: lower case, without accents, reduced to their stems."""

import re
import unicodedata
from functools import lru_cache
from threading import Lock

import Stemmer

WORD = re.compile(r"[^\W_]+")

# Words that carry no subject. The words that questions are asked with are among them, and those
# that tell of talking: in a transcript they match wherever somebody asks or talks.
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

# What separates words, where there are no accents: faster than the pattern that says the same.
_SPACED = {code: " " for code in range(128) if not chr(code).isalnum()}

_stemmer = Stemmer.Stemmer("english")
_stemming = Lock()  # a stemmer keeps its state between calls and serves one thread at a time


def fold(text: str) -> str:
    """Lower case without accents: Müller and MULLER are the same word."""
    text = text.casefold()
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """The words of a text, folded, in their order."""
    folded = fold(text)
    return folded.translate(_SPACED).split() if folded.isascii() else WORD.findall(folded)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a folded word (Snowball's English stemmer, Porter 2001); empty for stop words."""
    if word in STOP_WORDS:
        return ""
    with _stemming:
        return str(_stemmer.stemWord(word))


def stems(text: str) -> list[str]:
    """The stems of a text in their order, stop words left out."""
    return [s for s in map(stem, words(text)) if s]


def stem_set(text: str) -> frozenset[str]:
    """The stems of a text, each once, stop words left out."""
    return frozenset(map(stem, frozenset(words(text)))) - {""}
