"""Whether a question is answered at all.

Scores are not normalised by question, so those of different questions can be compared and one
threshold serves all of them. What is compared is the score of the best passage, and of four
things more than the ranking needs to know:

A question about something else shares words with every library: the meaning counts more.

Words count in the ranking by their share of the question's rarity, so a name that nobody says
leaves little for all the others. Here what is said near the passage counts by its rarity itself,
too, and a question that has only common words needs more.

A cosine by itself says little: where a recogniser misheard every second word, everything is
nearer to everything. So the best one counts by how far it is from what is usual in this library.

Among many passages one comes near by chance; the best of n, nearer with the logarithm of n.
"""

import math

import numpy as np

from search.aims import Aim
from search.field import Field
from search.question import Question
from search.ranking import COVERAGE_REACH, HELD_FACT, Scores
from search.usual import Usual

MEANING = 1.2  # how much more the meaning counts than it does in the ranking
SAID = 0.2  # for the rarity of each word said near the passage, …
COMMON = 2.0  # … above this: what one passage in eight has is no evidence
RAREST = 0.75  # for how much less rare the rarest word is than one that nobody says
APART = 0.9  # for the best cosine, in standard deviations above what is usual
CHANCE = 1.1  # what has to be reached more for each time that there are e times more passages …
MEASURED = 25_000  # … up to so many: in larger libraries nobody measured how near chance comes

# Fitted to questions whose sessions are in the library, and the same questions without those
# sessions, without the whole series or subject, and with one other session instead; and to the
# questions that are offered with the samples. A question whose own session is left out of a
# library full of its siblings looks like any other and is not recognised.
LEAST = 5.5
LEAST_OF_WORDS = -7.2  # where there are no vectors


def evidence(
    question: Question, field: Field, scores: Scores, best: int, usual: Usual | None
) -> float:
    """How much more than is needed speaks for an answer at the best candidate of a field.

    Args:
        question: what was asked.
        field: where it was looked for.
        scores: of the field's candidates.
        best: the number of the best of them.
        usual: what the question's cosines are like; None when there are none.
    """
    found = float(scores.total[best] + MEANING * (scores.meaning[best] + scores.source[best]))
    if question.aim is Aim.FACT:  # what only such questions get would set them apart
        found -= HELD_FACT * float(scores.coverage[best])
    found += SAID * _said(question, field, int(field.area_places(field.candidates[[best]])[0]))
    found -= RAREST * (question.unheard - max(question.rarity.values(), default=0.0))
    found -= CHANCE * math.log(max(1, min(field.area.count, MEASURED)))
    if usual is None or field.near is None:
        return found - LEAST_OF_WORDS if scores.words[best] > 0 else -math.inf
    return found + APART * usual.above(float(field.near.cosines.max(initial=0))) - LEAST


def _said(question: Question, field: Field, place: int) -> float:
    """How rare the question's words are that are said near a place of the area, added up."""
    return sum(
        (rarity - COMMON) * _how_near(question, field, stem, place)
        for stem, rarity in question.rarity.items()
        if rarity > COMMON
    )


def _how_near(question: Question, field: Field, stem: str, place: int) -> float:
    """1 when a stem is said near a place; less, when only one is that is spelled so."""
    if _is_said(field, stem, place):
        return 1.0
    others = question.alike[stem].items()
    return max((share for other, share in others if _is_said(field, other, place)), default=0.0)


def _is_said(field: Field, stem: str, place: int) -> bool:
    places = field.area.places_of("stems", stem)
    reach = np.array([place - COVERAGE_REACH, place + COVERAGE_REACH + 1], dtype=places.dtype)
    first, end = np.searchsorted(places, reach)  # of one kind of numbers, so nothing is copied
    return bool(end > first)
