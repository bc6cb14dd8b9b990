"""Intent of a question: a fact, or everything said about a subject.

"When did she move?" is answered by one passage that contains the question's words. "What did they
think of the budget?" is answered by several consecutive passages. Keywords without a question name
a subject, as a heading does.
"""

import enum
from itertools import pairwise

from search.text.analyzer import words

# Words that ask for what was said. They are stop words of the analyzer, so the search ignores them.
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


class Intent(enum.Enum):
    """Kind of answer that a question asks for."""

    FACT = enum.auto()  # who, when, where, which, how many: one passage
    SUBJECT = enum.auto()  # everything said about a subject, in consecutive passages
    OPEN = enum.auto()  # either


def classify_intent(text: str) -> Intent:
    """Classify the intent of a question from its typed text."""
    question_words = words(text)
    if not TELLING.isdisjoint(question_words) or (
        "?" not in text and ASKING.isdisjoint(question_words)
    ):
        return Intent.SUBJECT
    amounts = any(
        first == "how" and second in AMOUNTS for first, second in pairwise(question_words)
    )
    return Intent.FACT if amounts or not POINTING.isdisjoint(question_words) else Intent.OPEN
