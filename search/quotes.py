"""Sentences that answer, word for word, from different voices where they differ.

Sentences of the best passages are weighed by their nearness to the question, the share of its
rare words, and how good their passage is; then chosen one by one, each held back by how much it
repeats those before it (maximal marginal relevance, Carbonell & Goldstein 1998).
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from library.editing import transcripts
from library.holdings.passage_rows import FoundPassage, Origin, Said
from library.store import Transaction
from search.embed import Embedder
from search.findings import Quote
from search.question import Question
from search.snippets import PlacedWord, cut_sentences, place_words
from search.spoken import ends_sentence
from search.words import stems

Vectors = NDArray[np.float32]

PASSAGES = 8  # whose sentences are looked at …
EMBEDDED = 24  # … and how many of these; more passages or sentences quoted no better
FEWEST, MOST = 3, 5  # quotes
SHORTEST, LONGEST = 5, 45  # words of a quote
SUBJECTS = 3  # stems that a sentence must have to say anything

# Fitted by hand to 435 questions about 260 transcripts of meetings, series, lessons and chats: a
# quote of 50 % of them is from the turns that answer; the nearest passage of the embedder alone
# is for 23 %. Every weight can be halved or doubled for a point or two.
MEANING, WORDS, PASSAGE = 1.0, 0.5, 2.0  # what cosine, share of words and passage weigh
FULLER, FULL = 0.001, 25  # of two sentences with the same words the longer, up to so many
REPEATED = 0.3  # how much nearness to a quote before it holds a sentence back
SAME_VOICE, SAME_SESSION = 0.2, 0.1
SAME = 0.9  # cosine from which on two sentences say the same
ENOUGH = 0.5  # share of the best quote's worth that a fourth and fifth one must have


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence of a passage, or several that follow one another; of one speaker."""

    words: Sequence[PlacedWord]
    passage: FoundPassage
    number: int  # its place in the passage
    segments: Mapping[int, str]  # the texts that it is from, by ordinal

    @cached_property
    def text(self) -> str:
        """The words as their segments have them; a space where one goes on in the next."""
        pieces = []
        for ordinal in dict.fromkeys(word.segment for word in self.words):
            here = [word for word in self.words if word.segment == ordinal]
            pieces.append(self.segments[ordinal][here[0].at : here[-1].to])
        return " ".join(pieces)

    @property
    def speaker(self) -> str:
        """Who says it."""
        return self.words[0].speaker

    @property
    def is_telling(self) -> bool:
        """Whether it can stand alone: no question, no fragment, no "Yeah, right, exactly"."""
        last = self.words[-1].text
        return (
            SHORTEST <= len(self.words) <= LONGEST
            and not (ends_sentence(last) and "?" in last)
            and len(set(stems(self.text))) >= SUBJECTS
        )


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """Sentences with their worth."""

    sentences: Sequence[Sentence]
    worth: NDArray[np.float64]  # one number for each sentence
    vectors: Vectors | None  # shape (sentences, dimension)

    def worth_of(self, sentence: Sentence) -> float:
        """The worth of one of them; 0 for a sentence that was not worth weighing."""
        return self._by_place.get((sentence.passage.id, sentence.number), 0.0)

    @property
    def best(self) -> float:
        """The highest worth of all; 0 when there are none."""
        return float(self.worth.max(initial=0.0))

    @cached_property
    def _by_place(self) -> dict[tuple[int, int], float]:
        worth = self.worth.tolist()
        return {(s.passage.id, s.number): w for s, w in zip(self.sentences, worth, strict=True)}


def sentences_of(passage: FoundPassage, segments: Sequence[Said]) -> list[Sentence]:
    """The sentences of a passage in their order."""
    texts = {s.ordinal: s.text for s in segments}
    said = place_words(passage, segments)
    return [
        Sentence(words=words, passage=passage, number=number, segments=texts)
        for number, words in enumerate(_within_length(cut_sentences(said) if said else iter(())))
    ]


def joined(sentences: Sequence[Sentence]) -> Sentence:
    """One sentence out of several that follow one another."""
    return replace(sentences[0], words=[word for s in sentences for word in s.words])


def weigh(
    question: Question,
    candidates: Iterable[Sentence],
    scores: Mapping[int, float],
    embedder: Embedder | None,
) -> Weighed:
    """Weigh those sentences that can stand alone.

    Args:
        question: what they may answer.
        candidates: the sentences.
        scores: of their passages, by id; at most 1.
        embedder: of the question's vector; None when there is none.
    """
    telling = [sentence for sentence in candidates if sentence.is_telling]
    total = sum(question.rarity.values()) or 1.0
    shares = [
        sum(question.rarity.get(stem, 0.0) for stem in set(stems(s.text))) / total for s in telling
    ]
    worth = WORDS * np.array(shares) + PASSAGE * np.array([scores[s.passage.id] for s in telling])
    if embedder is None or question.vector is None or not telling:
        return Weighed(sentences=telling, worth=worth, vectors=None)
    lengths = np.array([len(s.words) for s in telling])
    best = np.argsort(-worth - FULLER * np.minimum(lengths, FULL), kind="stable")[:EMBEDDED]
    vectors = np.zeros((len(telling), len(question.vector)), dtype=np.float32)
    vectors[best] = embedder.embed([telling[place].text for place in best])
    worth += MEANING * (vectors @ question.vector)
    return Weighed(sentences=telling, worth=worth, vectors=vectors)


def choose(weighed: Weighed, among: Container[int]) -> list[Sentence]:
    """Three to five sentences of the passages *among*, best first; all, where there are fewer."""
    inside = [sentence.passage.id in among for sentence in weighed.sentences]
    worth = np.where(inside, weighed.worth, -np.inf)
    chosen: list[int] = []
    while len(chosen) < MOST and np.isfinite(worth).any():
        best = int(worth.argmax())
        if len(chosen) >= FEWEST and worth[best] < ENOUGH * weighed.worth[chosen[0]]:
            break
        chosen.append(best)
        _hold_back(weighed, worth, best)
    return [weighed.sentences[place] for place in chosen]


def _hold_back(weighed: Weighed, worth: NDArray[np.float64], best: int) -> None:
    """Take from the worth of sentences what a quote that was chosen makes them repeat."""
    quoted = weighed.sentences[best]
    near = np.zeros(len(worth), dtype=np.float32)
    if weighed.vectors is not None:
        near = weighed.vectors @ weighed.vectors[best]
    worth -= REPEATED * np.maximum(near, 0)
    for place, sentence in enumerate(weighed.sentences):
        worth[place] -= SAME_VOICE * (sentence.speaker == quoted.speaker)
        worth[place] -= SAME_SESSION * (sentence.passage.session_id == quoted.passage.session_id)
        if near[place] >= SAME or sentence.text == quoted.text:
            worth[place] = -np.inf


def quote(sentence: Sentence, source: Origin, *, score: float) -> Quote:
    """A sentence with all that tells where it was said."""
    first, last = sentence.words[0], sentence.words[-1]
    return Quote(
        text=sentence.text,
        speaker=first.speaker,
        person_id=first.person_id,
        session_id=source.session_id,
        title=source.title,
        held_on=source.held_on,
        form=source.form,
        source_id=source.source_id,
        kind=source.kind,
        version_id=sentence.passage.version_id,
        segment=first.segment,
        last_segment=last.segment,
        start=first.start,
        end=last.end,
        passage_id=sentence.passage.id,
        score=score,
    )


def verify(db: Transaction, quote: Quote) -> bool:
    """Whether the current transcript has these words there, from this speaker."""
    segments = transcripts.spoken_in(db, quote.version_id, quote.segment, quote.last_segment)
    return (
        bool(quote.text)
        and len(segments) == quote.last_segment - quote.segment + 1
        and all(
            (s.speaker == quote.speaker or (not s.speaker and s.person_id == quote.person_id))
            and not s.suspect
            for s in segments
        )
        and quote.text in " ".join(s.text.strip() for s in segments)
    )


def _within_length(sentences: Iterator[Sequence[PlacedWord]]) -> Iterator[Sequence[PlacedWord]]:
    """Cut where something suspect was left out, and what has no full stops into equal pieces."""
    for sentence in sentences:
        for words in _unbroken(sentence):
            pieces = -(-len(words) // LONGEST)
            for piece in range(pieces):
                yield words[piece * len(words) // pieces : (piece + 1) * len(words) // pieces]


def _unbroken(words: Sequence[PlacedWord]) -> Iterator[Sequence[PlacedWord]]:
    first = 0
    for i in range(1, len(words) + 1):
        if i == len(words) or words[i].segment > words[i - 1].segment + 1:
            yield words[first:i]
            first = i
