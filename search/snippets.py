"""The words of a passage that answer, with the second at which they begin."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from library.holdings.passage_rows import FoundPassage, Said
from library.markdown import plain
from search.answers import Fragment
from search.spoken import SpokenWord, ends_sentence, spoken_words
from search.words import stem_set

LONGEST = 50  # words of a snippet
MARKABLE = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
WRITTEN = re.compile(r"\S+")  # a word as `str.split` cuts it
ASKING = 0.5  # a sentence that asks is worth less than one that says the same


class PlacedSegment:
    """A segment whose words are looked up when they are needed: of most, only the text is."""

    def __init__(self, segment: Said) -> None:
        self.segment = segment
        self.written = segment.text.split()

    @cached_property
    def spoken(self) -> Sequence[SpokenWord]:
        """The words with their seconds."""
        said = self.segment
        return spoken_words(said.text, said.start, said.end, said.words)

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
        return self.within.spoken[self.number].start

    @property
    def end(self) -> float | None:
        """The second at which it ends."""
        return self.within.spoken[self.number].end

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
    said = place_words(passage, segments)
    if not said:
        return None
    sentences = list(cut_sentences(said))
    best = max(range(len(sentences)), key=lambda i: (_worth(sentences[i], rarity), -i))
    if _asks(sentences[best]) and best + 1 < len(sentences):
        best += 1  # what was looked for is what comes after the question
    chosen = _from_one_mouth([word for s in sentences[best:] for word in s][:LONGEST])
    text = " ".join(word.text for word in chosen)
    shown = plain(text) if chosen[0].start is None else text
    return Snippet(fragments=mark(shown or text, rarity), first=chosen[0], last=chosen[-1])


def _from_one_mouth(said: Sequence[PlacedWord]) -> Sequence[PlacedWord]:
    """The words up to where somebody else goes on; in a note, up to the end of the paragraph."""
    first = said[0]
    is_note = first.start is None
    for number, word in enumerate(said):
        if word.within is first.within:
            continue
        if word.speaker != first.speaker or (is_note and word.segment != first.segment):
            return said[:number]
    return said


def place_words(passage: FoundPassage, segments: Sequence[Said]) -> list[PlacedWord]:
    """The words of a passage with their times, found in the segments that it points at."""
    placed = [PlacedSegment(s) for s in segments if not s.suspect]
    texts = [text for segment in placed for text in segment.written]
    own = list(_own_words(passage))
    first = _begin(own, texts)
    last = len(texts) if first is None else first + len(own)
    every = ((segment, number) for segment in placed for number in range(len(segment.written)))
    return [
        PlacedWord(text, segment, number)
        for text, (segment, number) in islice(zip(texts, every, strict=True), first or 0, last)
    ]


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
    for found in MARKABLE.finditer(text):
        if not _stems(found.group()).isdisjoint(sought):
            if found.start() > done:
                fragments.append(Fragment(text[done : found.start()]))
            fragments.append(Fragment(found.group(), marked=True))
            done = found.end()
    if done < len(text):
        fragments.append(Fragment(text[done:]))
    return fragments


@lru_cache(maxsize=100_000)
def _stems(written: str) -> frozenset[str]:
    """The stems in a word as it is written."""
    return stem_set(written)


def _own_words(passage: FoundPassage) -> Iterator[str]:
    """The words of a passage's text without the names before them."""
    labels = tuple(f"{speaker[1]}: " for speaker in passage.speakers if speaker[1])
    for line in passage.text.split("\n"):
        label = next((name for name in labels if line.startswith(name)), "")
        yield from line[len(label) :].split()


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


def _worth(sentence: Sequence[PlacedWord], rarity: Mapping[str, float]) -> float:
    """The weight of the question's words in a sentence."""
    here = stem_set(" ".join([word.text for word in sentence]))
    worth = sum(weight for sought, weight in rarity.items() if sought in here)
    return worth * (ASKING if _asks(sentence) else 1.0)


def _asks(sentence: Sequence[PlacedWord]) -> bool:
    return sentence[-1].text.endswith("?")
