"""Weights of the ranking, shared by exact scoring and by the selection of blocks."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from search.embedding.encoders import TRAINED_ON_MENTORING
from search.ranking.intent import Intent
from search.ranking.question import Question

# BM25 (Robertson & Zaragoza 2009): term frequency saturation K1 and length normalisation B.
K1, B = 1.2, 0.75

# The weights were fitted to questions about transcripts of meetings, series, lessons and chats,
# with a listwise softmax loss, evaluated on the held-out half of the questions, then rounded.
# The optimum is flat: 20 % more or less of any weight changes little.
# Each comment below names the number that the weight multiplies.
WORDS: Mapping[int, float] = {1: 1.4, 6: 2.5, 12: 3.5}  # BM25 over windows, by their reach
CLOSE = 1  # reach of the close window
HELD = 0.9  # share of the question's words, weighted by rarity, in the passage …
HELD_FACT = 1.5  # … plus this for a fact, which is in one passage
FURTHER = 6  # from this reach on, a window counts as topic
COVERAGE = 0.9  # share of the question's words near the passage …
COVERAGE_REACH = 3  # … up to this many passages away
LEADING_UP = 0.8  # share of the question's words in the passage and those before it …
LEAD = 2  # … this many before it: answers come after their questions
ALIKE = 1.0  # share of the question's words with only a similarly spelled word nearby
PAIRS = 1.2  # share of the question's adjacent word pairs in the passage
AGREED = 2.0  # product of the close-word score (0..1) and the mean similarity
SPEAKER = 1.0  # share of the passage by a speaker whom the question names

# A subject spans several passages. For such questions, a passage counts half for itself and half
# for the best passage nearby, reduced by DECAY for each passage of distance.
NEIGHBOURHOOD = 12  # passages on each side; the maximum reach of windows
DECAY = 0.1  # decay per passage of distance
STRETCHED = 1000  # number of best passages whose scores spread to their neighbours


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Weights that depend on the encoder: of words against meaning."""

    words: float  # factor of all scores of words in the passage or close to it
    further: float  # factor of the scores of windows that count as topic
    meaning: float  # similarity of the passage and the question
    meaning_near: float  # mean similarity of the passage and its two neighbours
    meaning_best: float  # the best of these three
    source: float  # the best similarity in the whole source
    main_speaker: float  # share by the person who speaks most in the source, minus its mean
    relative: bool  # similarities in place of cosines (`search.ranking.score_background`)
    further_moments: float  # a session's next moments are at most this far below its best one
    answers_from: float | None  # threshold of answers by meaning; None: words are evidence too


GENERAL = Weights(
    words=1,
    further=1,
    meaning=1.35,
    meaning_near=1.1,
    meaning_best=2.2,
    source=6.3,
    main_speaker=0,
    relative=False,
    further_moments=math.inf,
    answers_from=None,
)
"""Weights for encoders that were trained on texts of all kinds: words decide."""

MENTORING = Weights(
    words=0.7,
    further=0.6,
    meaning=10,
    meaning_near=2,
    meaning_best=2,
    source=1,
    main_speaker=0.9,
    relative=True,
    further_moments=0.15,
    answers_from=2.6,
)
"""Weights for the encoder that was trained on questions and advice in other words.

They were fitted to composed conversations whose questions and answers that encoder had not seen.
The main speaker advises more often than they ask.
"""


LOOKED_UP = replace(MENTORING, words=3)
"""Weights for a question of one word: the passages that have the word come first."""


def weights_for(model: str, words: int) -> Weights:
    """Return the weights for an encoder, by its name, and a question of so many words."""
    if model not in TRAINED_ON_MENTORING:
        return GENERAL
    return LOOKED_UP if words == 1 else MENTORING


def holding(question: Question) -> float:
    """Return the weight that multiplies the share of the question's words in the passage.

    The weight is higher if the question asks for a fact.
    """
    return HELD + HELD_FACT if question.aim is Intent.FACT else HELD
