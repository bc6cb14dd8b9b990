"""Snippets: the sentences of a passage that answer a question best, with their start time."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple

from library.markdown import plain
from library.sessions.passage_queries import FoundPassage, PassageSegment
from search.results.result_types import Fragment
from search.text.analyzer import LAST, ends_sentence, key_set, spoken_words, spread_one
from search.text.segmentation import UNSPACED, WRITTEN_WORD, spans_of
from search.text.terms import keys_of

LONGEST = 50  # words of a snippet
REMEMBERED = 100_000  # cached words
MARKABLE = re.compile(rf"{WRITTEN_WORD}(?:['\u2019]{WRITTEN_WORD})?")
AROUND = "\"'()[]{}<>.,;:!?*_\u2018\u2019\u201c\u201d\u2026"  # punctuation around a word
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
        rarity: weights of the question's words.
    """
    passage_words = _PassageWords(passage, segments)
    texts = passage_words.texts
    if not texts:
        return None
    sentences = list(pairwise((*passage_words.beginnings(), len(texts))))
    best = _best(sentences, texts, rarity, _keys[passage.language])
    if best is None:  # found by its meaning alone: the longest turn says most
        room = [min(LONGEST, passage_words.speaker_end(first) - first) for first, _ in sentences]
        best = room.index(max(room))
    if _asks(texts[sentences[best][1] - 1]) and best + 1 < len(sentences):
        best += 1  # the answer follows the question
    begin = sentences[best][0]
    end = min(begin + LONGEST, passage_words.speaker_end(begin))
    first, last = passage_words.word(begin), passage_words.word(end - 1)
    text = " ".join(texts[begin:end])
    shown = plain(text) if first.within.segment.start is None else text
    return Snippet(fragments=mark(shown or text, rarity, passage.language), first=first, last=last)


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


def mark(text: str, sought: Iterable[str], language: str = "") -> list[Fragment]:
    """Return a text as fragments; words with one of the keys *sought* are marked.

    Args:
        text: the text.
        sought: keys of words in the index, or terms of a question.
        language: language of the text (BCP 47 primary tag).
    """
    keys = {str(key) for term in sought for key in keys_of(term)}
    fragments: list[Fragment] = []
    done = 0
    for start, end in _marked(text, keys, _keys[language]):
        if start > done:
            fragments.append(Fragment(text[done:start]))
        fragments.append(Fragment(text[start:end], marked=True))
        done = end
    if done < len(text):
        fragments.append(Fragment(text[done:]))
    return fragments


def _marked(text: str, sought: AbstractSet[str], keys: "_Keys") -> Iterator[tuple[int, int]]:
    """Yield the range of each word in *text* that has one of the keys *sought*, end exclusive."""
    begin = 0
    for written in text.split(" "):
        end = begin + len(written)
        if not keys[written].isdisjoint(sought):
            found = list(_marked_within(text, (begin, end), sought, keys))
            # else a compound, a number or a word with signs: e-mail, 1,250,000, C++
            yield from found or [_core(text, begin, end)]
        begin = end + 1


def _marked_within(
    text: str, span: tuple[int, int], sought: AbstractSet[str], keys: "_Keys"
) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the words in a part of *text* that have one of the keys *sought*."""
    for found in MARKABLE.finditer(text, *span):
        if UNSPACED.search(found.group()):
            for start, end in spans_of(found.group(), sought):
                yield found.start() + start, found.start() + end
        elif not keys[found.group()].isdisjoint(sought):
            yield found.span()


def _core(text: str, begin: int, end: int) -> tuple[int, int]:
    """Return the range of a part of *text* without the punctuation around it."""
    written = text[begin:end]
    start = len(written) - len(written.lstrip(AROUND))
    return begin + start, begin + len(written.rstrip(AROUND))


class _Keys(dict[str, frozenset[str]]):
    """Cache of the keys of a written word in one language."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __missing__(self, written: str) -> frozenset[str]:
        if len(self) >= REMEMBERED:
            self.clear()
        self[written] = found = key_set(written, self._language)
        return found


class _KeysByLanguage(dict[str, _Keys]):
    """Caches of the keys of written words by language."""

    def __missing__(self, language: str) -> _Keys:
        self[language] = _Keys(language)
        return self[language]


_keys = _KeysByLanguage()


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
    sentences: Sequence[tuple[int, int]],
    texts: Sequence[str],
    rarity: Mapping[str, float],
    keys: _Keys,
) -> int | None:
    """Return the index of the sentence with the highest weight of the question's words.

    Return None if no sentence has any of them. If several sentences have this weight, the first is
    returned. The weight of a sentence that asks a question is reduced.

    Args:
        sentences: first word and end (exclusive) of each sentence.
        texts: the words of the passage.
        rarity: weights of the question's words.
        keys: the keys of written words in the language of the passage.
    """
    terms = {term: frozenset(keys_of(term)) for term in rarity}
    sought = frozenset().union(*terms.values())
    worth = [0.0] * len(sentences)
    found: dict[int, set[str]] = {}  # keys found in each sentence
    begins = [first for first, _ in sentences]
    for number, text in enumerate(texts):
        if not keys[text].isdisjoint(sought):
            found.setdefault(bisect_right(begins, number) - 1, set()).update(keys[text])
    for sentence, here in found.items():
        asking = ASKING if _asks(texts[sentences[sentence][1] - 1]) else 1.0
        worth[sentence] = asking * sum(
            [rarity[term] for term in rarity if not terms[term].isdisjoint(here)]
        )
    return worth.index(max(worth)) if found else None


def _asks(last: str) -> bool:
    """Return whether a sentence with this last word is a question."""
    return last.endswith("?")
