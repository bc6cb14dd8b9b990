"""Quotations of removed words in other texts."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

WORD = re.compile(r"\w+")
ADDRESS = re.compile(r"https?://\S+")
RUN = 4  # minimum number of words in a row that count as a quotation
LETTERS = 16  # minimum letters of a quotation: "how do I ask" is too common
TELLING = 4  # minimum letters of a single word that can identify the removed text
LONG = 6  # minimum letters of a word that is found inside a longer one
ELLIPSIS = "\u2026"

Words = tuple[str, ...]
Span = tuple[int, int]  # first character, and the one after the last
Dated = tuple[datetime, str]  # time at which a text came into the library (UTC), and the text


@dataclass(frozen=True)
class Quotation:
    """Range of a text that repeats removed words."""

    span: Span
    words: Words  # in lower case


class RemovedWords:
    """Removed words: each run of 4 words (`RUN`) with the time at which the library received it."""

    def __init__(self, said: Iterable[Dated], left: Iterable[str] = ()) -> None:
        """Index the removed words.

        Args:
            said: texts with the removed words, each with the time at which it was added.
            left: texts that stay. Their words are not removed.
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

    def is_within(self, other: "RemovedWords") -> bool:
        """Return whether *other* contains every run of words of this object."""
        return self._since.keys() <= other._since.keys()  # noqa: SLF001 (of the same class)

    def quotations(self, text: str, *, written: datetime) -> list[Quotation]:
        """Return the quotations of removed words in *text*, in order.

        Only words that came into the library before the time *written* count.
        """
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
        """Return the spans in *text* of single removed words for which *is_rare* returns True.

        With *inside*, a long removed word also counts as a part of another word, as in a file name.
        """
        long = [one for one in self.words if inside and len(one) >= LONG]
        spans = []
        for found in WORD.finditer(text):
            word = found.group().casefold()
            matches = [word] if word in self.words and _telling(word) else []
            matches += [one for one in long if one in word and one != word]
            if any(is_rare(one) for one in matches):
                spans.append(found.span())
        return spans


def holds(text: str, words: Words) -> bool:
    """Return whether *text* contains the case-folded *words* one directly after another."""
    folded = _folded(text)
    places = range(len(folded) - len(words) + 1)
    return any(tuple(folded[i : i + len(words)]) == words for i in places)


def without(text: str, spans: Iterable[Span]) -> str:
    """Return *text* with an ellipsis in place of each span. Web addresses stay complete."""
    result, done = "", 0
    for start, end in sorted(_beside_addresses(text, spans)):
        if start >= done:
            result += text[done:start] + ELLIPSIS
        done = max(done, end)
    return (result + text[done:]).strip() if done else text


def _beside_addresses(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the parts of spans that are outside web addresses, so that links stay complete."""
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
