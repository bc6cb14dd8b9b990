"""The words of a passage that answer, with the second at which they begin."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from library.markdown import plain
from library.models import Passage, Segment
from search.answers import Fragment
from search.spoken import ends_sentence, spoken_words
from search.words import stem, words

LONGEST = 50  # words of a snippet
MARKABLE = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
WRITTEN = re.compile(r"\S+")  # a word as `str.split` cuts it
ASKING = 0.5  # a sentence that asks is worth less than one that says the same


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word of a passage, with who says it when and in which segment."""

    text: str
    start: float | None  # seconds
    end: float | None
    segment: int  # ordinal
    speaker: str
    person_id: int | None
    at: int  # characters of the segment's text, the end exclusive
    to: int


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """What is shown of a passage."""

    fragments: Sequence[Fragment]
    first: PlacedWord  # where to land
    last: PlacedWord


def cut_snippet(
    passage: Passage, segments: Sequence[Segment], rarity: Mapping[str, float]
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
    for number, word in enumerate(said):
        if word.speaker != first.speaker or (first.start is None and word.segment != first.segment):
            return said[:number]
    return said


def place_words(passage: Passage, segments: Sequence[Segment]) -> list[PlacedWord]:
    """The words of a passage with their times, found in the segments that it points at."""
    said = [word for s in segments if not s.suspect for word in _placed(s)]
    own = list(_own_words(passage))
    texts = [word.text for word in said]
    # Of a long turn the passage holds only a part: find where it begins.
    for first in range(max(0, len(texts) - len(own)) + 1):
        if texts[first : first + len(own)] == own:
            return said[first : first + len(own)]
    return said


def _placed(segment: Segment) -> Iterator[PlacedWord]:
    spans = WRITTEN.finditer(segment.text)
    said = spoken_words(segment.text, segment.start, segment.end, segment.words)
    for word, span in zip(said, spans, strict=True):
        yield PlacedWord(
            text=word.text,
            start=word.start,
            end=word.end,
            segment=segment.ordinal,
            speaker=segment.speaker,
            person_id=segment.person_id,
            at=span.start(),
            to=span.end(),
        )


def mark(text: str, sought: Collection[str]) -> list[Fragment]:
    """A text cut into fragments, those with a sought stem marked."""
    fragments: list[Fragment] = []
    done = 0
    for found in MARKABLE.finditer(text):
        if any(stem(word) in sought for word in words(found.group()) if stem(word)):
            if found.start() > done:
                fragments.append(Fragment(text[done : found.start()]))
            fragments.append(Fragment(found.group(), marked=True))
            done = found.end()
    if done < len(text):
        fragments.append(Fragment(text[done:]))
    return fragments


def _own_words(passage: Passage) -> Iterator[str]:
    """The words of a passage's text without the names before them."""
    labels = tuple(f"{speaker[1]}: " for speaker in passage.speakers if speaker[1])
    for line in passage.text.split("\n"):
        label = next((name for name in labels if line.startswith(name)), "")
        yield from line[len(label) :].split()


def cut_sentences(said: Sequence[PlacedWord]) -> Iterator[list[PlacedWord]]:
    """Cut at the ends of sentences and where the speaker changes."""
    sentence: list[PlacedWord] = []
    for word in said:
        if sentence and (word.speaker != sentence[-1].speaker or ends_sentence(sentence[-1].text)):
            yield sentence
            sentence = []
        sentence.append(word)
    yield sentence


def _worth(sentence: Sequence[PlacedWord], rarity: Mapping[str, float]) -> float:
    """The weight of the question's words in a sentence."""
    here = {stem(w) for placed in sentence for w in words(placed.text)}
    worth = sum(weight for sought, weight in rarity.items() if sought in here)
    return worth * (ASKING if _asks(sentence) else 1.0)


def _asks(sentence: Sequence[PlacedWord]) -> bool:
    return sentence[-1].text.endswith("?")
