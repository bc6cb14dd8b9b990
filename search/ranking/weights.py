"""Weights of the ranking, shared by exact scoring and by the selection of blocks."""

from collections.abc import Mapping

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
MEANING = 1.35  # cosine of the passage
MEANING_NEAR = 1.1  # mean cosine of the passage and its two neighbours
MEANING_BEST = 2.2  # the best of these three
AGREED = 2.0  # product of the close-word score (0..1) and the mean cosine
SOURCE = 6.3  # the best cosine in the whole source
SPEAKER = 1.0  # share of the passage by a speaker whom the question names

# A subject spans several passages. For such questions, a passage counts half for itself and half
# for the best passage nearby, reduced by DECAY for each passage of distance.
NEIGHBOURHOOD = 12  # passages on each side; the maximum reach of windows
DECAY = 0.1  # decay per passage of distance
STRETCHED = 1000  # number of best passages whose scores spread to their neighbours


def holding(question: Question) -> float:
    """Return the weight that multiplies the share of the question's words in the passage.

    The weight is higher if the question asks for a fact.
    """
    return HELD + HELD_FACT if question.aim is Intent.FACT else HELD
