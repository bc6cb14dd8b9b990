"""Sentences of passages, and stretches of several sentences by one speaker."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from library.sessions.passage_queries import FoundPassage, PassageSegment
from search.results.snippets import PlacedWord, cut_sentences, place_words
from search.text.analyzer import ends_sentence, key_set

LONGEST = 60  # words of a sentence, and of a stretch …
MOST_SENTENCES = 4  # … of at most this many sentences
SHORTEST = 8  # words of a stretch that says something …
SUBJECTS = 4  # … with at least this many different words that are no stop words


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One sentence or several consecutive sentences of a passage, by one speaker."""

    words: Sequence[PlacedWord]
    passage: FoundPassage
    number: int  # position in the passage
    segments: Mapping[int, str]  # texts of the passage's segments, by ordinal
    keys: frozenset[str]  # index keys of the words, in the language of the passage

    @cached_property
    def text(self) -> str:
        """Text of the sentence as written in its segments, with a space between segments."""
        pieces = []
        for ordinal in dict.fromkeys(word.segment for word in self.words):
            here = [word for word in self.words if word.segment == ordinal]
            pieces.append(self.segments[ordinal][here[0].at : here[-1].to])
        return " ".join(pieces)

    @property
    def speaker(self) -> str:
        """Speaker of the sentence."""
        return self.words[0].speaker

    @property
    def person_id(self) -> int | None:
        """Person id of the speaker, if known."""
        return self.words[0].person_id

    @property
    def is_question(self) -> bool:
        """True if the last sentence asks something."""
        last = self.words[-1].text
        return ends_sentence(last) and "?" in last

    @property
    def is_telling(self) -> bool:
        """True if the text can stand alone.

        Questions, headings, fragments and interjections ("Yeah, right, exactly") cannot.
        """
        return (
            len(self.words) >= SHORTEST
            and len(self.keys) >= SUBJECTS
            and not self.is_question
            and not any(word.text.startswith("#") for word in self.words)
        )


def sentences_of(passage: FoundPassage, segments: Sequence[PassageSegment]) -> list[Sentence]:
    """Return the sentences of a passage in their order."""
    texts = {s.ordinal: s.text for s in segments}
    placed = place_words(passage, segments)
    return [
        Sentence(
            words=words,
            passage=passage,
            number=number,
            segments=texts,
            keys=key_set(" ".join(word.text for word in words), passage.language),
        )
        for number, words in enumerate(
            _within_length(cut_sentences(placed) if placed else iter(()))
        )
    ]


def stretches_of(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """Yield the stretches of a passage's *sentences* that can be quoted.

    A stretch has one to four consecutive sentences of one speaker, without a gap between them.
    """
    for run in _runs(sentences):
        for first in range(len(run)):
            for end in range(first + 1, min(first + MOST_SENTENCES, len(run)) + 1):
                stretch = joined(run[first:end])
                if end > first + 1 and len(stretch.words) > LONGEST:
                    break
                if stretch.is_telling:
                    yield stretch


def joined(sentences: Sequence[Sentence]) -> Sentence:
    """Return consecutive sentences joined into one."""
    return replace(
        sentences[0],
        words=[word for s in sentences for word in s.words],
        keys=frozenset().union(*(s.keys for s in sentences)),
    )


def _runs(sentences: Sequence[Sentence]) -> Iterator[Sequence[Sentence]]:
    """Yield the consecutive sentences of one speaker that no left-out segment interrupts."""
    starts = [0]
    for number, (before, after) in enumerate(pairwise(sentences), start=1):
        gap = after.words[0].segment - before.words[-1].segment > 1
        if gap or after.speaker != before.speaker:
            starts.append(number)
    for start, end in pairwise([*starts, len(sentences)]):
        yield sentences[start:end]


def _within_length(sentences: Iterator[Sequence[PlacedWord]]) -> Iterator[Sequence[PlacedWord]]:
    """Yield sentences of at most `LONGEST` words. Longer ones are cut into equal parts.

    A sentence is also cut where a suspect segment was left out between its words.
    """
    for sentence in sentences:
        for words in _unbroken(sentence):
            pieces = -(-len(words) // LONGEST)
            for piece in range(pieces):
                yield words[piece * len(words) // pieces : (piece + 1) * len(words) // pieces]


def _unbroken(words: Sequence[PlacedWord]) -> Iterator[Sequence[PlacedWord]]:
    first = 0
    for i in range(1, len(words) + 1):
        if i == len(words) or _is_break(words[i - 1], words[i]):
            yield words[first:i]
            first = i


def _is_break(before: PlacedWord, after: PlacedWord) -> bool:
    """Return whether a left-out segment, or the end of a paragraph in a note, divides two words."""
    apart = after.segment - before.segment
    return apart > 1 or (apart == 1 and after.within.segment.start is None)
