"""Snippets: the sentences of a passage that answer a question best, with their start time."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple

from library.markdown import plain
from library.sessions.passage_queries import FoundPassage, PassageSegment
from search.results.result_types import Fragment
from search.text.analyzer import LAST, ends_sentence, spoken_words, spread_one, stem_set

LONGEST = 50  # words of a snippet
REMEMBERED = 100_000  # cached words
MARKABLE = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
WRITTEN = re.compile(r"\S+")  # a word as `str.split` cuts it
ASKING = 0.5  # weight of a question, relative to a statement with the same words


class PlacedSegment:
    """Segment of a passage. Its word times are computed on demand, because few are needed."""

    def __init__(self, segment: PassageSegment) -> None:
        self.segment = segment
        self.written = segment.text.split()

    @cached_property
    def seconds(self) -> Sequence[tuple[float | None, float | None]]:
        """Start and end of each word in seconds; None in a note."""
        segment = self.segment
        spoken = spoken_words(segment.text, segment.start, segment.end, segment.words)
        return [(word.start, word.end) for word in spoken]

    def when(self, number: int) -> tuple[float | None, float | None]:
        """Return start and end of word *number*, in seconds; None in a note."""
        segment = self.segment
        if segment.start is None or segment.end is None or segment.words:
            return self.seconds[number]
        return spread_one(self.written, segment.start, segment.end, number)

    @cached_property
    def spans(self) -> Sequence[tuple[int, int]]:
        """Character range of each word in the text, end exclusive."""
        return [word.span() for word in WRITTEN.finditer(self.segment.text)]


class PlacedWord(NamedTuple):
    """A word of a passage, with its segment, speaker and time."""

    text: str
    within: PlacedSegment
    number: int  # position in the segment

    @property
    def start(self) -> float | None:
        """Start in seconds; None in a note."""
        return self.within.when(self.number)[0]

    @property
    def end(self) -> float | None:
        """End in seconds; None in a note."""
        return self.within.when(self.number)[1]

    @property
    def segment(self) -> int:
        """Ordinal of the word's segment."""
        return self.within.segment.ordinal

    @property
    def speaker(self) -> str:
        """Speaker of the word."""
        return self.within.segment.speaker

    @property
    def person_id(self) -> int | None:
        """Person id of the speaker, if known."""
        return self.within.segment.person_id

    @property
    def at(self) -> int:
        """Index of the word's first character in the text of its segment."""
        return self.within.spans[self.number][0]

    @property
    def to(self) -> int:
        """Index after the word's last character in the text of its segment."""
        return self.within.spans[self.number][1]


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """Excerpt of a passage with highlighted words."""

    fragments: Sequence[Fragment]
    first: PlacedWord  # the moment to open
    last: PlacedWord


def cut_snippet(
    passage: FoundPassage, segments: Sequence[PassageSegment], rarity: Mapping[str, float]
) -> Snippet | None:
    """Return the best sentences of a passage for a question; None if its segments are missing.

    Args:
        passage: the found passage.
        segments: segments of the passage, in their order.
        rarity: weights of the question's stems.
    """
    passage_words = _PassageWords(passage, segments)
    texts = passage_words.texts
    if not texts:
        return None
    sentences = list(pairwise((*passage_words.beginnings(), len(texts))))
    best = _best(sentences, texts, rarity)
    if _asks(texts[sentences[best][1] - 1]) and best + 1 < len(sentences):
        best += 1  # the answer follows the question
    begin = sentences[best][0]
    end = min(begin + LONGEST, passage_words.speaker_end(begin))
    first, last = passage_words.word(begin), passage_words.word(end - 1)
    text = " ".join(texts[begin:end])
    shown = plain(text) if first.within.segment.start is None else text
    return Snippet(fragments=mark(shown or text, rarity), first=first, last=last)


def place_words(passage: FoundPassage, segments: Sequence[PassageSegment]) -> list[PlacedWord]:
    """Return the words of a passage with their times, located in its segments."""
    passage_words = _PassageWords(passage, segments)
    return [passage_words.word(number) for number in range(len(passage_words.texts))]


class _PassageWords:
    """Words of a passage in order, and the segments that contain them."""

    def __init__(self, passage: FoundPassage, segments: Sequence[PassageSegment]) -> None:
        placed = [PlacedSegment(s) for s in segments if not s.suspect]
        texts = [text for segment in placed for text in segment.written]
        own = _own_words(passage)
        begin = _begin(own, texts)
        first, last = (0, len(texts)) if begin is None else (begin, begin + len(own))
        self.texts = texts[first:last]
        self._segments = placed
        ends = accumulate(len(segment.written) for segment in placed)
        self._ends = [end - first for end in ends]  # end of each segment, in words from the first

    def word(self, number: int) -> PlacedWord:
        """Return a word with its segment."""
        at = bisect_right(self._ends, number)
        within = self._segments[at]
        return PlacedWord(self.texts[number], within, number - self._ends[at] + len(within.written))

    def beginnings(self) -> list[int]:
        """Return the indexes of the words that begin a sentence or follow a change of speaker."""
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

    def speaker_end(self, begin: int) -> int:
        """Return the index after the last word that the speaker of word *begin* says in a row.

        In a note, return the index after the last word of the paragraph.
        """
        at = bisect_right(self._ends, begin)
        first = self._segments[at].segment
        while at < len(self._ends) and self._ends[at] < len(self.texts):
            after = self._segments[at + 1].segment
            if after.speaker != first.speaker or first.start is None:
                break
            at += 1
        return min(self._ends[at], len(self.texts))


def _begin(own: Sequence[str], texts: Sequence[str]) -> int | None:
    """Return the index in *texts* at which the sequence of words *own* begins; None if absent."""
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
    """Return a text as fragments; words with one of the stems *sought* are marked."""
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
    """Yield a match for each word in *text* with one of the stems *sought*."""
    begin = 0
    for written in text.split(" "):
        end = begin + len(written)
        if not _stems[written].isdisjoint(sought):
            for found in MARKABLE.finditer(text, begin, end):
                if not _stems[found.group()].isdisjoint(sought):
                    yield found
        begin = end + 1


class _Stems(dict[str, frozenset[str]]):
    """Cache of the stems in a written word."""

    def __missing__(self, written: str) -> frozenset[str]:
        if len(self) >= REMEMBERED:
            self.clear()
        self[written] = found = stem_set(written)
        return found


_stems = _Stems()


def _own_words(passage: FoundPassage) -> list[str]:
    """Return the words of a passage's text without speaker names."""
    own: list[str] = []
    labels = tuple(f"{speaker[1]}: " for speaker in passage.speakers if speaker[1])
    for line in passage.text.split("\n"):
        label = next((name for name in labels if line.startswith(name)), "")
        own += line[len(label) :].split()
    return own


def cut_sentences(words: Sequence[PlacedWord]) -> Iterator[Sequence[PlacedWord]]:
    """Yield sentences, cut at sentence ends and at changes of speaker."""
    first = 0
    for number, (before, word) in enumerate(pairwise(words), start=1):
        if (before.within is not word.within and before.speaker != word.speaker) or ends_sentence(
            before.text
        ):
            yield words[first:number]
            first = number
    yield words[first:]


def _best(
    sentences: Sequence[tuple[int, int]], texts: Sequence[str], rarity: Mapping[str, float]
) -> int:
    """Return the index of the sentence with the highest weight of the question's words.

    If several sentences have this weight, the first is returned. The weight of a sentence that asks
    a question is reduced.

    Args:
        sentences: first word and end (exclusive) of each sentence.
        texts: the words of the passage.
        rarity: weights of the question's stems.
    """
    sought = frozenset(rarity)
    worth = [0.0] * len(sentences)
    stems_by_sentence: dict[int, set[str]] = {}  # stems found in each sentence
    begins = [first for first, _ in sentences]
    for number, text in enumerate(texts):
        stems = _stems[text]
        if not stems.isdisjoint(sought):
            stems_by_sentence.setdefault(bisect_right(begins, number) - 1, set()).update(stems)
    for sentence, here in stems_by_sentence.items():
        asking = ASKING if _asks(texts[sentences[sentence][1] - 1]) else 1.0
        worth[sentence] = asking * sum([rarity[stem] for stem in rarity if stem in here])
    return worth.index(max(worth))


def _asks(last: str) -> bool:
    """Return whether a sentence with this last word is a question."""
    return last.endswith("?")
