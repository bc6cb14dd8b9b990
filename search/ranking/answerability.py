"""Answerability: whether the evidence for the best passage is strong enough for an answer.

Scores are not normalised by question. Scores of different questions are therefore comparable, and
one threshold serves all. The evidence is the score of the best passage plus four terms:

Meaning: an off-topic question shares words with any library. Cosines therefore get more weight here
than in the ranking.

Rarity: the ranking weights each word by its share of the question's total rarity. An unknown name
takes most of that total. Here each word near the passage also counts by its rarity alone. A
question that has only common words needs more evidence.

Background: in badly recognised transcripts all passages are near to each other, so a cosine alone
says little. The best cosine counts relative to the mean cosine in this library.

Chance: the more passages there are, the higher the best cosine is by chance. The threshold
therefore grows with the logarithm of the number of passages.
"""

import math

import numpy as np

from search.ranking.candidate_blocks import CandidateBlocks
from search.ranking.intent import Intent
from search.ranking.question import Question
from search.ranking.score_background import ScoreBackground
from search.ranking.scoring import Scores
from search.ranking.weights import COVERAGE_REACH, HELD_FACT
from search.text.readable import is_readable

MEANING = 1.2  # additional weight of the cosines
SAID = 0.2  # weight of the rarity of each question word near the passage …
COMMON = 2.0  # … minus this rarity: a word in one of eight passages is no evidence
RAREST = 0.75  # weight of the rarity of an unseen word minus the rarity of the rarest question word
APART = 0.9  # weight of the best cosine, in standard deviations above the mean
CHANCE = 1.1  # rise of the threshold when the number of passages grows by a factor of e …
MEASURED = 25_000  # … up to this size: not measured for larger libraries

# The values were fitted to questions whose sessions are in the library, and to the same questions
# without an answer: without those sessions, without the whole series or subject, and with one other
# session instead. The questions that come with the samples were used too. A question is not
# recognised as unanswerable if only its session is missing and the rest of the series is present.
LEAST = 5.5
LEAST_OF_WORDS = -7.2  # threshold without vectors

BEST = 5  # number of most similar passages that are evidence for a taught encoder
MORE_PASSAGES = 0.23  # rise of the threshold when the number of passages grows by a factor of e
USUAL = 2700  # passages for which the threshold is given
KNOWN = 0.65  # minimum share of the question's words that the library contains …
FOREIGN = 0.3  # … else, in a language that the library does not speak, the words count so much

# Evidence from which on an answer is clear. Below, the first quote was right for one question in
# five, and one of the three best places for two in five (composed conversations).
CLEAR = 0.15


def evidence(
    question: Question,
    candidates: CandidateBlocks,
    scores: Scores,
    best: int,
    usual: ScoreBackground | None,
) -> float:
    """Return the evidence of the best candidate minus the threshold; from 0 on, an answer exists.

    Args:
        question: the parsed question.
        candidates: blocks that were scored.
        scores: scores of the candidates.
        best: index of the best candidate.
        usual: background of the cosines; None without vectors.
    """
    found = float(scores.total[best] + MEANING * (scores.meaning[best] + scores.source[best]))
    if question.aim is Intent.FACT:  # this bonus is not comparable across intents
        found -= HELD_FACT * float(scores.coverage[best])
    found += SAID * _nearby_rarity(
        question, candidates, int(candidates.to_scope_slots(candidates.slots[[best]])[0])
    )
    found -= RAREST * (question.unseen_rarity - max(question.rarity.values(), default=0.0))
    found -= CHANCE * math.log(max(1, min(candidates.scope.count, MEASURED)))
    if usual is None or candidates.near is None:
        return found - LEAST_OF_WORDS if scores.words[best] > 0 else -math.inf
    return found + APART * usual.above(float(candidates.near.cosines.max(initial=0))) - LEAST


def evidence_of_meaning(
    question: Question, scores: Scores, background: ScoreBackground, least: float
) -> float:
    """Return the evidence of the most similar passages minus the threshold.

    From 0 on, an answer exists. An encoder that was trained to tell answers from passages with the
    same words needs no more than its cosines, and the question's words near these passages. The
    cosines count relative to those of unrelated texts, in standard deviations.

    Args:
        question: the parsed question.
        scores: scores of the candidates.
        background: background of the cosines.
        least: the threshold.
    """
    if not len(scores.similarity):
        return 0.0
    seen = [weight < question.unseen_rarity for weight in question.rarity.values()]
    if not any(seen) and not is_readable(question.text):
        return -least  # the vector of signs or random letters is near to something by chance
    if seen == [True]:
        return CLEAR  # one word is looked up: the places where it was said answer
    several = min(BEST, len(scores.similarity))
    best = np.argpartition(-scores.similarity, several - 1)[:several]
    found = background.above_unrelated(float(scores.similarity[best].mean()))
    comparable = question.in_its_language or sum(seen) >= KNOWN * len(seen) > 0
    return found + (float(scores.coverage[best].max()) if comparable else FOREIGN) - least


def risen(least: float, passages: int) -> float:
    """Return the threshold of `evidence_of_meaning` in a library with *passages* passages.

    It rises with their number, because the best cosine is then higher by chance. *least* is the
    threshold for `USUAL` passages.
    """
    return least + MORE_PASSAGES * math.log(max(1, passages) / USUAL)


def _nearby_rarity(question: Question, candidates: CandidateBlocks, slot: int) -> float:
    """Return the sum of (inverse document frequency - `COMMON`) of question words near a slot."""
    return sum(
        (rarity - COMMON) * _presence(question, candidates, stem, slot)
        for stem, rarity in question.rarity.items()
        if rarity > COMMON
    )


def _presence(question: Question, candidates: CandidateBlocks, stem: str, slot: int) -> float:
    """Return 1 if a stem occurs near a slot, else the similarity of the best similar stem there."""
    if _occurs_near(candidates, stem, slot):
        return 1.0
    others = question.alike[stem].items()
    return max(
        (share for other, share in others if _occurs_near(candidates, other, slot)), default=0.0
    )


def _occurs_near(candidates: CandidateBlocks, stem: str, slot: int) -> bool:
    slots = candidates.scope.slots_of("stems", stem)
    reach = np.array([slot - COVERAGE_REACH, slot + COVERAGE_REACH + 1], dtype=slots.dtype)
    first, end = np.searchsorted(slots, reach)  # the same dtype avoids a copy
    return bool(end > first)
