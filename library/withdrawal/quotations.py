"""Words that go, and where a text quotes them."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

WORD = re.compile(r"\w+")
ADDRESS = re.compile(r"https?://\S+")
RUN = 4  # words in a row that can be a quotation
LETTERS = 16  # of such words together: "how do I ask" is no quotation
TELLING = 4  # letters of a word that can tell something by itself
LONG = 6  # letters of a word that is recognised in a longer one
ELLIPSIS = "\u2026"

Words = tuple[str, ...]
Span = tuple[int, int]  # first character, and the one after the last
Dated = tuple[datetime, str]  # words, and when they came into the library


@dataclass(frozen=True)
class Quotation:
    """A stretch of a text that repeats words which go."""

    span: Span
    words: Words  # in lower case


class GoneWords:
    """Words that go, each run of them with the moment at which it came into the library."""

    def __init__(self, said: Iterable[Dated], left: Iterable[str] = ()) -> None:
        """Take in words.

        Args:
            said: texts that held the words, with the moment at which each came.
            left: texts that stay; what these hold does not go.
        """
        said = list(said)
        self.came = min((came for came, _ in said), default=None)
        self._since: dict[Words, datetime] = {}
        self.words: set[str] = set()
        for came, text in said:
            folded = _folded(text)
            self.words.update(folded)
            for run in _runs(folded):
                self._since[run] = min(came, self._since.get(run, came))
        for text in left:
            folded = _folded(text)
            self.words.difference_update(folded)
            for run in _runs(folded):
                self._since.pop(run, None)

    def is_within(self, other: "GoneWords") -> bool:
        """Whether *other* holds every run of words that goes here."""
        return self._since.keys() <= other._since.keys()  # noqa: SLF001 (of the same class)

    def quotations(self, text: str, *, written: datetime) -> list[Quotation]:
        """Where *text*, written at this moment, repeats what had come by then, in order."""
        words, folded = list(WORD.finditer(text)), _folded(text)
        known = [
            (came := self._since.get(run)) is not None and came <= written for run in _runs(folded)
        ]
        found, first = [], None
        for place, quoted in enumerate([*known, False]):
            if quoted and first is None:
                first = place
            elif not quoted and first is not None:
                last = place + RUN - 2
                span = (words[first].start(), words[last].end())
                found.append(Quotation(span, tuple(folded[first : last + 1])))
                first = None
        return [one for one in found if sum(map(len, one.words)) >= LETTERS]

    def single_words(
        self, text: str, is_rare: Callable[[str], bool], *, inside: bool = False
    ) -> list[Span]:
        """Return where *text* has a telling word of those that go, which *is_rare*.

        With *inside*, a long one counts as part of another word too, as in the name of a file.
        """
        long = [one for one in self.words if inside and len(one) >= LONG]
        spans = []
        for found in WORD.finditer(text):
            word = found.group().casefold()
            gone = [word] if word in self.words and _telling(word) else []
            gone += [one for one in long if one in word and one != word]
            if any(is_rare(one) for one in gone):
                spans.append(found.span())
        return spans


def holds(text: str, words: Words) -> bool:
    """Whether *text* has these words in a row."""
    folded = _folded(text)
    places = range(len(folded) - len(words) + 1)
    return any(tuple(folded[i : i + len(words)]) == words for i in places)


def without(text: str, spans: Iterable[Span]) -> str:
    """*text* with an ellipsis in the place of each span; addresses in it stay whole."""
    kept, done = "", 0
    for start, end in sorted(_beside_addresses(text, spans)):
        if start >= done:
            kept += text[done:start] + ELLIPSIS
        done = max(done, end)
    return (kept + text[done:]).strip() if done else text


def _beside_addresses(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """The spans without the parts of them that lie in an address, which a letter needs."""
    addresses = [found.span() for found in ADDRESS.finditer(text)]
    for start, end in spans:
        begin = start
        for first, last in addresses:
            if first >= end or last <= begin:
                continue
            if first > begin:
                yield begin, first
            begin = last
        if begin < end:
            yield begin, end


def _folded(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]


def _runs(folded: Sequence[str]) -> Iterable[Words]:
    return (tuple(folded[i : i + RUN]) for i in range(len(folded) - RUN + 1))


def _telling(word: str) -> bool:
    return len(word) >= TELLING or (word.isdigit() and len(word) > 1)
