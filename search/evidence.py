"""Whether a question is answered at all.

Scores are not normalised by question, so those of different questions can be compared and one
threshold serves all of them. What is compared is the score of the best passage, with a little
more weight on its meaning: a question about something else shares words with every library. Among
many passages one comes near by chance, and the best of n comes nearer with the logarithm of n.
"""

import math

from search.ranking import Scores

MEANING = 0.6  # how much more the meaning counts than it does in the ranking
CHANCE = 0.7  # what has to be reached more for each time that there are e times more passages

# Calibrated on questions whose sessions are in the library and the same questions with those
# sessions left out, and on questions about other things; and low enough for questions that share
# no word with their answers, where a library is small. A question whose own session is left out
# of a library full of its siblings looks like any other and is not recognised.
LEAST = 3.0


def evidence(scores: Scores, place: int, passages: int) -> float:
    """How much speaks for an answer at *place*, the best of so many passages."""
    meaning = scores.meaning[place] + scores.source[place]
    best = float(scores.total[place] + MEANING * meaning)
    return best - CHANCE * math.log(max(1, passages))
