"""Whether a question is answered at all.

Scores are not normalised by question, so those of different questions can be compared and one
threshold serves all of them. What is compared is the score of the best passage, with a little
more weight on its meaning: a question about something else shares words with every library.
"""

from search.ranking import Scores

MEANING = 0.6  # how much more the meaning counts than it does in the ranking

# Low enough for questions that share hardly a word with their answers: questions in other words
# about a small library are answered from here on. Of questions about quite other things it
# recognises about three in four, in one session or in many; a question whose own session was left
# out of a library that is full of its siblings looks like any other, and is not recognised.
LEAST = 6.4


def evidence(scores: Scores, place: int) -> float:
    """How much speaks for an answer at the best place of a field."""
    return float(scores.total[place] + MEANING * scores.meaning[place])
