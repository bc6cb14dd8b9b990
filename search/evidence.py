"""Whether a question is answered at all.

Scores are not normalised by question, so those of different questions can be compared and one
threshold serves all of them. What is compared is the score of the best passage, with a little
more weight on its meaning: a question about something else shares words with every library.
"""

from search.ranking import Scores

MEANING = 0.6  # how much more the meaning counts than it does in the ranking

# Calibrated on questions whose sessions are in the library and the same questions with those
# sessions left out, and on questions about other things: refuses one in a hundred of those that
# written transcripts answer and one in twenty of those that a poor recogniser's do, and
# recognises more than six in ten of the questions about other things.
LEAST = 8.5


def evidence(scores: Scores, place: int) -> float:
    """How much speaks for an answer at the best place of a field."""
    return float(scores.total[place] + MEANING * scores.meaning[place])
