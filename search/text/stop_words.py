"""Stop words of searches: which words of a text name no subject.

The index holds stop words under keys of their own, which begin with a sign. A question uses these
keys only where it says little else (`search.text.question_words`).
"""

from functools import cache

from library.sessions import stop_words
from search.text.folding import fold

MARK = "="  # first character of the key of a stop word

# Verbs of speaking and their nouns. In a transcript they match wherever a person asks or talks.
SPEAKING = frozenset(
    """
    tell describe explain summarize summarise summary mention mentioned discuss discussed discusses
    discussing discussion discussions say says said saying talk talked talking talks think thinking
    thinks thought thoughts meeting meetings opinion opinions
    """.split()  # noqa: SIM905  (readable as a list of words)
)
# Stop words that can be the subject of a short question: "say no", "speak up", "tell the truth".
TELLING = frozenset(
    """
    say says saying tell talk talks talking think thinking meeting meetings
    """.split()  # noqa: SIM905  (readable as a list of words)
)
SAYING_MUCH = frozenset(
    ["no", "nor", "not", "yes", "own", "up", "down", "out", "off", "over", "again"]
)

STOP_WORDS = stop_words.STOP_WORDS["en"] | SPEAKING


@cache
def stop_words_of(language: str) -> frozenset[str]:
    """Return the folded stop words of a language; of English if the language is unknown."""
    if language in {"", "en"}:
        return STOP_WORDS
    return frozenset(map(fold, stop_words.STOP_WORDS.get(language, ())))
