"""What a question is after: a fact, or what was said about a subject.

"When did she move?" is answered by one passage, which has the question's words in it. "What did
they think of the budget?" is answered by a stretch of talk, and so are words without a question,
which name a subject as a heading does.
"""

import enum
from itertools import pairwise

from search.words import words

# Words that ask to be told of talk; in their stop words, the engines leave them out of the search.
TELLING = frozenset(
    """
    describe discuss discussed discusses discussing discussion discussions explain mention mentioned
    opinion opinions said say saying says summaries summarise summarize summary talk talked talking
    talks tell think thinking thinks thought thoughts told
    """.split()  # noqa: SIM905  (readable as a list of words)
)
ASKING = frozenset(
    """
    are can could did do does how is should was were what when where which who whom whose why will
    would
    """.split()  # noqa: SIM905  (readable as a list of words)
)
POINTING = frozenset(["when", "where", "which", "who", "whom", "whose"])
AMOUNTS = frozenset(["far", "long", "many", "much", "often", "old"])  # after "how"


class Aim(enum.Enum):
    """What would answer a question."""

    FACT = enum.auto()  # who, when, where, which, how many: one passage
    SUBJECT = enum.auto()  # all that was said about something, in one stretch
    OPEN = enum.auto()  # either


def aim_of(text: str) -> Aim:
    """What *text*, as it was typed, is after."""
    asked = words(text)
    if not TELLING.isdisjoint(asked) or ("?" not in text and ASKING.isdisjoint(asked)):
        return Aim.SUBJECT
    amounts = any(one == "how" and two in AMOUNTS for one, two in pairwise(asked))
    return Aim.FACT if amounts or not POINTING.isdisjoint(asked) else Aim.OPEN
