"""Words as the lexical index knows them: lower case, without accents, reduced to their stems."""

import re
import unicodedata
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


class _Spaced(dict[int, str]):
    """What stands for each character once words are apart; faster than a pattern for words."""

    def __missing__(self, code: int) -> str:
        self[code] = chr(code) if chr(code).isalnum() else " "
        return self[code]


_SPACED = _Spaced()
_OUTSIDE_ASCII = re.compile(r"[^\x00-\x7f]+")

REMEMBERED = 200_000  # words whose stems are kept

_stemmer = Stemmer.Stemmer("english")
_stemming = Lock()  # a stemmer keeps its state between calls and serves one thread at a time


def fold(text: str) -> str:
    """Lower case without accents: Müller and MULLER are the same word."""
    text = text.casefold()
    if text.isascii():
        return text
    return _OUTSIDE_ASCII.sub(_without_accents, unicodedata.normalize("NFKD", text))


def _without_accents(found: re.Match[str]) -> str:
    return "".join(c for c in found.group() if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """The words of a text, folded, in their order."""
    return fold(text).translate(_SPACED).split()


class _Stems(dict[str, str]):
    """The stems of folded words that came up; faster than a cache that keeps them in order."""

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
    """The stem of a folded word (Snowball's English stemmer, Porter 2001); empty for stop words."""
    return _stems[word]


def stems(text: str) -> list[str]:
    """The stems of a text in their order, stop words left out."""
    return [s for s in map(_stems.__getitem__, words(text)) if s]


def stem_set(text: str) -> frozenset[str]:
    """The stems of a text, each once, stop words left out."""
    return frozenset(map(_stems.__getitem__, words(text))) - {""}
