"""Whether a question is answered at all.

Scores are not normalised by question, so those of different questions can be compared and one
threshold serves all of them. What is compared is the score of the best passage, with more weight
on its meaning: a question about something else shares words with every library. Among many
passages one comes near by chance, and the best of n comes nearer with the logarithm of n.
"""

import math

from search.aims import Aim
from search.question import Question
from search.ranking import HELD_FACT, Scores

MEANING = 0.9  # how much more the meaning counts than it does in the ranking
CHANCE = 1.2  # what has to be reached more for each time that there are e times more passages …
MEASURED = 25_000  # … up to so many: in larger libraries nobody measured how near chance comes

# Fitted to questions whose sessions are in the library, and the same questions without those
# sessions, without the whole series or subject, and with one other session instead; choosing
# without a set of questions changes little for that set. A question whose own session is left
# out of a library full of its siblings looks like any other and is not recognised.
LEAST = 0.6


def evidence(question: Question, scores: Scores, place: int, passages: int) -> float:
    """How much speaks for an answer at *place*, the best of so many passages."""
    best = float(scores.total[place] + MEANING * (scores.meaning[place] + scores.source[place]))
    if question.aim is Aim.FACT:  # what only such questions get would set them apart
        best -= HELD_FACT * float(scores.coverage[place])
    return best - CHANCE * math.log(max(1, min(passages, MEASURED)))
