"""Verbatim quotes that answer a question, preferably from different speakers.

A quote is a stretch of one to four sentences of the best passages. Stretches are scored by cosine,
share of the question's rare words, score of their passage, and by who speaks: an adviser or the
person who asks. They are selected one by one (maximal marginal relevance, Carbonell & Goldstein
1998). Similarity to an earlier quote, its speaker and its session reduce the score.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from library.sessions.passage_queries import Origin
from search.embedding.cosine_scale import scale_of
from search.embedding.embedder import Embedder
from search.ranking.question import Question
from search.results.replied_question import NONE, RepliedQuestion
from search.results.result_types import Quote
from search.results.sentences import Sentence
from search.text.terms import keys_of

PASSAGES = 8  # passages whose stretches are scored …
EMBEDDED = 8  # … and number of stretches embedded; more gave no better quotes
MOST = 5  # quotes

# Fitted to composed conversations whose questions and answers the encoder had not seen, together
# with letters of advisers (docs/benchmarks.md). The optimum is flat.
MEANING, WORDS, PASSAGE = 1.8, 0.8, 1.2  # weights of likeness, share of words and passage
ADVISER = 0.6  # weight of a speaker who advises …
MENTEE = -1.0  # … and of a mentee, who is quoted last
FULLER, FULL = 0.1, 40  # prefer longer stretches, up to FULL words
REPEATED = 0.3  # penalty for likeness to an earlier quote
SAME_SPEAKER, SAME_SESSION = 0.2, 0.1
SAME = 0.88  # likeness from which on two stretches are duplicates
ENOUGH = 0.5  # minimum score of a further quote, relative to the best


@dataclass(frozen=True, kw_only=True)
class Advisers:
    """People who advise: who speaks most in each source, and never a mentee."""

    main_speakers: Mapping[int, str]  # name by source id
    mentees: Collection[tuple[int, int]]  # (session id, person id)

    def weight(self, sentence: Sentence) -> float:
        """Return the weight of who says a sentence: a mentee, a person who advises, or another."""
        passage = sentence.passage
        if (passage.session_id, sentence.person_id) in self.mentees:
            return MENTEE
        return ADVISER * (sentence.speaker == self.main_speakers.get(passage.source_id, ""))


@dataclass(frozen=True, kw_only=True)
class ScoredStretches:
    """Stretches with their scores."""

    stretches: Sequence[Sentence]
    worth: NDArray[np.float64]  # (stretches,)
    likeness: NDArray[np.float64]  # (stretches, stretches); 0 for those that were not embedded

    def of_passage(self, passage_id: int) -> list[int]:
        """Return the numbers of the stretches of a passage, best first."""
        return self._by_passage.get(passage_id, [])

    @cached_property
    def _by_passage(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number in np.argsort(-self.worth, kind="stable").tolist():
            found.setdefault(self.stretches[number].passage.id, []).append(number)
        return found


def score_stretches(
    question: Question,
    candidates: Iterable[Sentence],
    scores: Mapping[int, float],
    advisers: Advisers | None,
    embedder: Embedder | None,
) -> ScoredStretches:
    """Score stretches of passages.

    Args:
        question: the parsed question.
        candidates: the stretches.
        scores: scores of their passages by id, at most 1.
        advisers: who advises; None if this does not count.
        embedder: embedder of the question's vector; None without one.
    """
    stretches = list(candidates)
    worth = np.array(
        [
            WORDS * _share(question, stretch)
            + PASSAGE * scores[stretch.passage.id]
            + (advisers.weight(stretch) if advisers else 0.0)
            + FULLER * min(len(stretch.words), FULL) / FULL
            for stretch in stretches
        ]
    )
    if embedder is None or question.vector is None or not stretches:
        return ScoredStretches(
            stretches=stretches, worth=worth, likeness=np.zeros((len(stretches), len(stretches)))
        )
    best = _to_embed(stretches, worth)
    vectors = embedder.embed_passages([stretches[number].text for number in best])
    scale = scale_of(embedder)
    worth[best] += MEANING * scale.passage_to_question(vectors @ question.vector)
    likeness = np.zeros((len(stretches), len(stretches)))
    likeness[np.ix_(best, best)] = np.maximum(scale.between_passages(vectors @ vectors.T), 0)
    return ScoredStretches(stretches=stretches, worth=worth, likeness=likeness)


def _share(question: Question, stretch: Sentence) -> float:
    """Return the share of the question's words in a stretch, weighted by rarity, 0 to 1."""
    total = sum(question.rarity.values()) or 1.0
    there = stretch.keys
    return (
        sum(
            rarity
            for term, rarity in question.rarity.items()
            if not there.isdisjoint(keys_of(term))
        )
        / total
    )


def _to_embed(stretches: Sequence[Sentence], worth: NDArray[np.float64]) -> list[int]:
    """Return the numbers of the stretches to embed: the best one of each passage and speaker."""
    chosen: dict[tuple[int, str], int] = {}
    for number in np.argsort(-worth, kind="stable").tolist():
        stretch = stretches[number]
        chosen.setdefault((stretch.passage.id, stretch.speaker), number)
    return list(chosen.values())[:EMBEDDED]


def choose(weighed: ScoredStretches) -> list[int]:
    """Return the numbers of one to five stretches, best first.

    Further stretches are returned only if they differ from the first ones and are nearly as good.
    """
    worth = weighed.worth.copy()
    chosen: list[int] = []
    while len(chosen) < MOST and np.isfinite(worth).any():
        best = int(worth.argmax())
        if chosen and worth[best] < ENOUGH * weighed.worth[chosen[0]]:
            break
        chosen.append(best)
        _hold_back(weighed, worth, best)
    return chosen


def _hold_back(weighed: ScoredStretches, worth: NDArray[np.float64], best: int) -> None:
    """Reduce *worth*, `(n,) float64`, in place for stretches that resemble the chosen *best*."""
    quoted = weighed.stretches[best]
    worth -= REPEATED * weighed.likeness[best]
    for number, stretch in enumerate(weighed.stretches):
        worth[number] -= SAME_SPEAKER * (stretch.speaker == quoted.speaker)
        worth[number] -= SAME_SESSION * (stretch.passage.session_id == quoted.passage.session_id)
        if (
            weighed.likeness[best, number] >= SAME
            or stretch.passage.id == quoted.passage.id
            or stretch.text == quoted.text
        ):
            worth[number] = -np.inf


def quote(
    stretch: Sentence, source: Origin, *, score: float, reply_to: RepliedQuestion = NONE
) -> Quote:
    """Return a stretch as a quote with its location and the question that it replies to."""
    first, last = stretch.words[0], stretch.words[-1]
    return Quote(
        text=stretch.text,
        speaker=first.speaker,
        person_id=first.person_id,
        session_id=source.session_id,
        title=source.title,
        held_on=source.held_on,
        form=source.form,
        source_id=source.source_id,
        kind=source.kind,
        version_id=stretch.passage.version_id,
        segment=first.segment,
        last_segment=last.segment,
        start=first.start,
        end=last.end,
        passage_id=stretch.passage.id,
        score=score,
        asked=reply_to.text,
        asked_by=reply_to.speaker,
    )
