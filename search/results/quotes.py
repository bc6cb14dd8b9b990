"""Verbatim quotes that answer a question, preferably from different speakers.

Sentences of the best passages are scored by cosine, share of the question's rare words, and score
of their passage. They are selected one by one (maximal marginal relevance, Carbonell & Goldstein
1998). Similarity to an earlier quote, its speaker and its session reduce the score.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from library.sessions.passage_queries import FoundPassage, Origin, PassageSegment
from search.embedding.embedder import Embedder
from search.ranking.question import Question
from search.results.result_types import Quote
from search.results.snippets import PlacedWord, cut_sentences, place_words
from search.text.analyzer import ends_sentence, stems

Vectors = NDArray[np.float32]

PASSAGES = 8  # passages whose sentences are scored …
EMBEDDED = 24  # … and number of sentences embedded; more gave no better quotes
FEWEST, MOST = 3, 5  # quotes
SHORTEST, LONGEST = 5, 45  # words of a quote
SUBJECTS = 3  # minimum number of distinct stems in a quote

# Tuned by hand on 435 questions about 260 transcripts of meetings, series, lessons and chats. For
# 50 % of the questions, a quote is from the turns that answer; with the nearest passage by cosine
# alone, for 23 %. Halving or doubling any weight changes this by one or two points.
MEANING, WORDS, PASSAGE = 1.0, 0.5, 2.0  # weights of cosine, share of words and passage
FULLER, FULL = 0.001, 25  # tie-break: prefer longer sentences, up to FULL words
REPEATED = 0.3  # penalty per cosine to an earlier quote
SAME_SPEAKER, SAME_SESSION = 0.2, 0.1
SAME = 0.9  # cosine from which on two sentences are duplicates
ENOUGH = 0.5  # minimum score of a fourth and fifth quote, relative to the best


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One sentence or several consecutive sentences of a passage, by one speaker."""

    words: Sequence[PlacedWord]
    passage: FoundPassage
    number: int  # position in the passage
    segments: Mapping[int, str]  # texts of its segments, by ordinal

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
    def is_telling(self) -> bool:
        """True if the sentence can stand alone.

        Questions, fragments and interjections ("Yeah, right, exactly") cannot.
        """
        last = self.words[-1].text
        return (
            SHORTEST <= len(self.words) <= LONGEST
            and not (ends_sentence(last) and "?" in last)
            and len(set(stems(self.text))) >= SUBJECTS
        )


@dataclass(frozen=True, kw_only=True)
class ScoredSentences:
    """Sentences with their scores and vectors."""

    sentences: Sequence[Sentence]
    worth: NDArray[np.float64]  # (sentences,)
    vectors: Vectors | None  # (sentences, dimension)

    def worth_of(self, sentence: Sentence) -> float:
        """Return the score of a sentence; 0 if it was not scored."""
        return self._by_place.get((sentence.passage.id, sentence.number), 0.0)

    @property
    def best(self) -> float:
        """Highest score; 0 without sentences."""
        return float(self.worth.max(initial=0.0))

    @cached_property
    def _by_place(self) -> dict[tuple[int, int], float]:
        worth = self.worth.tolist()
        return {(s.passage.id, s.number): w for s, w in zip(self.sentences, worth, strict=True)}


def sentences_of(passage: FoundPassage, segments: Sequence[PassageSegment]) -> list[Sentence]:
    """Return the sentences of a passage in their order."""
    texts = {s.ordinal: s.text for s in segments}
    placed = place_words(passage, segments)
    return [
        Sentence(words=words, passage=passage, number=number, segments=texts)
        for number, words in enumerate(
            _within_length(cut_sentences(placed) if placed else iter(()))
        )
    ]


def joined(sentences: Sequence[Sentence]) -> Sentence:
    """Return consecutive sentences joined into one."""
    return replace(sentences[0], words=[word for s in sentences for word in s.words])


def score_sentences(
    question: Question,
    candidates: Iterable[Sentence],
    scores: Mapping[int, float],
    embedder: Embedder | None,
) -> ScoredSentences:
    """Score the sentences that can stand alone.

    Args:
        question: the parsed question.
        candidates: sentences to score.
        scores: scores of their passages by id, at most 1.
        embedder: embedder of the question's vector; None without one.
    """
    telling = [sentence for sentence in candidates if sentence.is_telling]
    total = sum(question.rarity.values()) or 1.0
    shares = [
        sum(question.rarity.get(stem, 0.0) for stem in set(stems(s.text))) / total for s in telling
    ]
    worth = WORDS * np.array(shares) + PASSAGE * np.array([scores[s.passage.id] for s in telling])
    if embedder is None or question.vector is None or not telling:
        return ScoredSentences(sentences=telling, worth=worth, vectors=None)
    lengths = np.array([len(s.words) for s in telling])
    best = np.argsort(-worth - FULLER * np.minimum(lengths, FULL), kind="stable")[:EMBEDDED]
    vectors = np.zeros((len(telling), len(question.vector)), dtype=np.float32)
    vectors[best] = embedder.embed_passages([telling[place].text for place in best])
    worth += MEANING * (vectors @ question.vector)
    return ScoredSentences(sentences=telling, worth=worth, vectors=vectors)


def choose(weighed: ScoredSentences, among: Container[int]) -> list[Sentence]:
    """Return three to five sentences, best first, from the passages with an id in *among*.

    Fewer are returned if there are fewer different sentences.
    """
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


def _hold_back(weighed: ScoredSentences, worth: NDArray[np.float64], best: int) -> None:
    """Reduce *worth*, `(n,) float64`, in place for sentences that resemble the chosen *best*."""
    quoted = weighed.sentences[best]
    near = np.zeros(len(worth), dtype=np.float32)
    if weighed.vectors is not None:
        near = weighed.vectors @ weighed.vectors[best]
    worth -= REPEATED * np.maximum(near, 0)
    for place, sentence in enumerate(weighed.sentences):
        worth[place] -= SAME_SPEAKER * (sentence.speaker == quoted.speaker)
        worth[place] -= SAME_SESSION * (sentence.passage.session_id == quoted.passage.session_id)
        if near[place] >= SAME or sentence.text == quoted.text:
            worth[place] = -np.inf


def quote(sentence: Sentence, source: Origin, *, score: float) -> Quote:
    """Return a sentence as a quote with its location."""
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
        if i == len(words) or words[i].segment > words[i - 1].segment + 1:
            yield words[first:i]
            first = i
