"""The words of a passage that answer, with the second at which they begin."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple

from library.holdings.passage_rows import FoundPassage, Said
from library.markdown import plain
from search.answers import Fragment
from search.spoken import LAST, ends_sentence, spoken_words, spread_one
from search.words import stem_set

LONGEST = 50  # words of a snippet
REMEMBERED = 100_000  # words whose stems are kept
MARKABLE = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
WRITTEN = re.compile(r"\S+")  # a word as `str.split` cuts it
ASKING = 0.5  # a sentence that asks is worth less than one that says the same


class PlacedSegment:
    """A segment whose words are looked up when they are needed: of most, only the text is."""

    def __init__(self, segment: Said) -> None:
        self.segment = segment
        self.written = segment.text.split()

    @cached_property
    def seconds(self) -> Sequence[tuple[float | None, float | None]]:
        """When each word begins and ends."""
        said = self.segment
        spoken = spoken_words(said.text, said.start, said.end, said.words)
        return [(word.start, word.end) for word in spoken]

    def when(self, number: int) -> tuple[float | None, float | None]:
        """When a word begins and ends."""
        said = self.segment
        if said.start is None or said.end is None or said.words:
            return self.seconds[number]
        return spread_one(self.written, said.start, said.end, number)

    @cached_property
    def spans(self) -> Sequence[tuple[int, int]]:
        """Where each word stands in the text, the end exclusive."""
        return [word.span() for word in WRITTEN.finditer(self.segment.text)]


class PlacedWord(NamedTuple):
    """A word of a passage, with who says it when and in which segment."""

    text: str
    within: PlacedSegment
    number: int  # its place there

    @property
    def start(self) -> float | None:
        """The second at which it begins; None in a note."""
        return self.within.when(self.number)[0]

    @property
    def end(self) -> float | None:
        """The second at which it ends."""
        return self.within.when(self.number)[1]

    @property
    def segment(self) -> int:
        """The ordinal of its segment."""
        return self.within.segment.ordinal

    @property
    def speaker(self) -> str:
        """Who says it."""
        return self.within.segment.speaker

    @property
    def person_id(self) -> int | None:
        """Who that is, where it is known."""
        return self.within.segment.person_id

    @property
    def at(self) -> int:
        """Where it begins in its segment's text, in characters."""
        return self.within.spans[self.number][0]

    @property
    def to(self) -> int:
        """Where it ends there, exclusive."""
        return self.within.spans[self.number][1]


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """What is shown of a passage."""

    fragments: Sequence[Fragment]
    first: PlacedWord  # where to land
    last: PlacedWord


def cut_snippet(
    passage: FoundPassage, segments: Sequence[Said], rarity: Mapping[str, float]
) -> Snippet | None:
    """The best sentences of a passage for a question; None when its segments are gone.

    Args:
        passage: what was found.
        segments: those that it points at, in their order.
        rarity: the weights of the question's stems.
    """
    said = _Line(passage, segments)
    texts = said.texts
    if not texts:
        return None
    sentences = list(pairwise((*said.beginnings(), len(texts))))
    best = _best(sentences, texts, rarity)
    if _asks(texts[sentences[best][1] - 1]) and best + 1 < len(sentences):
        best += 1  # what was looked for is what comes after the question
    begin = sentences[best][0]
    end = min(begin + LONGEST, said.one_mouth(begin))
    first, last = said.word(begin), said.word(end - 1)
    text = " ".join(texts[begin:end])
    shown = plain(text) if first.within.segment.start is None else text
    return Snippet(fragments=mark(shown or text, rarity), first=first, last=last)


def place_words(passage: FoundPassage, segments: Sequence[Said]) -> list[PlacedWord]:
    """The words of a passage with their times, found in the segments that it points at."""
    said = _Line(passage, segments)
    return [said.word(number) for number in range(len(said.texts))]


class _Line:
    """The words of a passage one after the other, and the segments that they are in."""

    def __init__(self, passage: FoundPassage, segments: Sequence[Said]) -> None:
        placed = [PlacedSegment(s) for s in segments if not s.suspect]
        texts = [text for segment in placed for text in segment.written]
        own = _own_words(passage)
        begin = _begin(own, texts)
        first, last = (0, len(texts)) if begin is None else (begin, begin + len(own))
        self.texts = texts[first:last]
        self._segments = placed
        ends = accumulate(len(segment.written) for segment in placed)
        self._ends = [end - first for end in ends]  # of the segments, in words from the first

    def word(self, number: int) -> PlacedWord:
        """A word with its place."""
        at = bisect_right(self._ends, number)
        within = self._segments[at]
        return PlacedWord(self.texts[number], within, number - self._ends[at] + len(within.written))

    def beginnings(self) -> list[int]:
        """The numbers of the words with which sentences begin, or somebody else."""
        ended = {
            number
            for number, text in enumerate(self.texts[:-1], start=1)
            if text[-1] in LAST and ends_sentence(text)  # most words end in a letter
        }
        changed = [
            end
            for end, (before, after) in zip(self._ends, pairwise(self._segments), strict=False)
            if before.segment.speaker != after.segment.speaker and 0 < end < len(self.texts)
        ]
        return sorted({0, *ended, *changed})

    def one_mouth(self, begin: int) -> int:
        """Where somebody else goes on; in a note, where the paragraph ends."""
        at = bisect_right(self._ends, begin)
        first = self._segments[at].segment
        while at < len(self._ends) and self._ends[at] < len(self.texts):
            after = self._segments[at + 1].segment
            if after.speaker != first.speaker or first.start is None:
                break
            at += 1
        return min(self._ends[at], len(self.texts))


def _begin(own: Sequence[str], texts: Sequence[str]) -> int | None:
    """Where a passage begins in a long turn of which it holds only a part."""
    begin = -1
    while own:
        try:
            begin = texts.index(own[0], begin + 1)
        except ValueError:
            break
        if texts[begin : begin + len(own)] == own:
            return begin
    return None


def mark(text: str, sought: Collection[str]) -> list[Fragment]:
    """A text cut into fragments, those with a sought stem marked."""
    fragments: list[Fragment] = []
    done = 0
    for found in _marked(text, sought):
        if found.start() > done:
            fragments.append(Fragment(text[done : found.start()]))
        fragments.append(Fragment(found.group(), marked=True))
        done = found.end()
    if done < len(text):
        fragments.append(Fragment(text[done:]))
    return fragments


def _marked(text: str, sought: Collection[str]) -> Iterator[re.Match[str]]:
    """The words to mark, looked for only where what is between two spaces has a sought stem."""
    begin = 0
    for written in text.split(" "):
        end = begin + len(written)
        if not _stems[written].isdisjoint(sought):
            for found in MARKABLE.finditer(text, begin, end):
                if not _stems[found.group()].isdisjoint(sought):
                    yield found
        begin = end + 1


class _Stems(dict[str, frozenset[str]]):
    """The stems in words as they are written, of those that came up."""

    def __missing__(self, written: str) -> frozenset[str]:
        if len(self) >= REMEMBERED:
            self.clear()
        self[written] = found = stem_set(written)
        return found


_stems = _Stems()


def _own_words(passage: FoundPassage) -> list[str]:
    """The words of a passage's text without the names before them."""
    own: list[str] = []
    labels = tuple(f"{speaker[1]}: " for speaker in passage.speakers if speaker[1])
    for line in passage.text.split("\n"):
        label = next((name for name in labels if line.startswith(name)), "")
        own += line[len(label) :].split()
    return own


def cut_sentences(said: Sequence[PlacedWord]) -> Iterator[Sequence[PlacedWord]]:
    """Cut at the ends of sentences and where the speaker changes."""
    first = 0
    for number, (before, word) in enumerate(pairwise(said), start=1):
        if (before.within is not word.within and before.speaker != word.speaker) or ends_sentence(
            before.text
        ):
            yield said[first:number]
            first = number
    yield said[first:]


def _best(
    sentences: Sequence[tuple[int, int]], texts: Sequence[str], rarity: Mapping[str, float]
) -> int:
    """The number of the first sentence in which most of the question's words weigh most."""
    sought = frozenset(rarity)
    worth = [0.0] * len(sentences)
    held: dict[int, set[str]] = {}  # of the question's words, by the number of the sentence
    begins = [first for first, _ in sentences]
    for number, text in enumerate(texts):
        stems = _stems[text]
        if not stems.isdisjoint(sought):
            held.setdefault(bisect_right(begins, number) - 1, set()).update(stems)
    for sentence, here in held.items():
        asking = ASKING if _asks(texts[sentences[sentence][1] - 1]) else 1.0
        worth[sentence] = asking * sum([rarity[stem] for stem in rarity if stem in here])
    return worth.index(max(worth))


def _asks(last: str) -> bool:
    """Whether a sentence whose last word is this one asks."""
    return last.endswith("?")
