"""The question to which a quote replies: what another person asked just before."""

from collections.abc import Sequence
from typing import NamedTuple

from library.sessions import passage_queries
from library.sessions.passage_queries import PassageSegment
from library.store import Transaction
from search.results.sentences import Sentence
from search.text.analyzer import ends_sentence

LOOKED_AT = 8  # segments before a quote, its own included
AWAY = 60  # maximum number of words of the speaker between the question and the quote
SHORTEST, LONGEST = 3, 40  # words of a question that is shown


class RepliedQuestion(NamedTuple):
    """A question in a transcript, word for word."""

    text: str = ""
    speaker: str = ""  # empty if unknown


NONE = RepliedQuestion()


def replied_question(db: Transaction, quoted: Sentence) -> RepliedQuestion:
    """Return the question that another person asked just before a quote; empty without one."""
    first = quoted.words[0]
    before = passage_queries.segments_up_to(db, quoted.passage, first.segment, LOOKED_AT)
    return question_before(before, first.number)


def question_before(segments: Sequence[PassageSegment], said: int) -> RepliedQuestion:
    """Return the last question before a reply; empty without one.

    Args:
        segments: segments in their order; the reply begins in the last one.
        said: number of words in the last segment before the reply.
    """
    speaker = segments[-1].speaker if segments else ""
    if not speaker:
        return NONE
    asked: str | None = None
    away = 0
    for segment in reversed(segments):
        words = segment.text.split()
        if segment.suspect or (asked not in {None, segment.speaker}):
            break
        if segment.speaker == speaker:
            away += said if segment is segments[-1] else len(words)
            if away > AWAY:
                break
            continue
        asked = segment.speaker
        if question := _last_question(words):
            return RepliedQuestion(question, asked)
    return NONE


def _last_question(words: Sequence[str]) -> str:
    """Return the last question among the sentences of some words; empty without one of its size."""
    sentence: list[str] = []
    last = ""
    for word in words:
        sentence.append(word)
        if ends_sentence(word):
            if "?" in word and SHORTEST <= len(sentence) <= LONGEST:
                last = " ".join(sentence)
            sentence = []
    return last
