"""Tests of matching titles, descriptions and topics of sessions with a question."""

import numpy as np
import pytest

from library.discovery.session_texts import SessionText, TextStamp
from search.index.session_texts import TextIndex
from search.ranking.session_match import AskedTopic, MatchedField, SessionMatch, match_sessions

TEXTS = (
    SessionText(1, "Habits", "What we do each morning."),
    SessionText(2, "Languages we used", "Tools of three decades, from the first computer on."),
    SessionText(3, "Summer at the harbour", "Boats, ropes and the lighthouse keeper."),
    SessionText(4, "Then and now", ""),
    SessionText(5, "Winter at the harbour", "Ice, ropes and good habits."),
    SessionText(6, "口述历史", ""),
)


def matches(question: str, *topics: AskedTopic) -> list[SessionMatch]:
    """Return the matches in sessions with `TEXTS`, in two parts of the index."""
    stamp = TextStamp(6)
    index = TextIndex().with_rows(TEXTS[:5], stamp).with_rows(TEXTS[5:], stamp)
    return list(match_sessions(index, question, topics))


def ids(question: str, *topics: AskedTopic) -> list[int]:
    """Return the ids of the matches."""
    return [match.session_id for match in matches(question, *topics)]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Habits", [1]),
        ("what habits?", [1]),
        ("LANGUAGES WE USED", [2]),
        ("then and now", [4]),
        ("口述历史", [6]),
        ("harbour", []),
        ("habits of the keeper", []),
        ("", []),
    ],
)
def test_a_title_is_named_by_nearly_its_words(question: str, named: list[int]) -> None:
    """A question that is a title names its session, also if the title has only common words."""
    assert [match.session_id for match in matches(question) if match.is_named] == named


def test_a_title_weighs_more_than_a_description() -> None:
    """A word counts more in a title than in a description. The newest of equal matches is first."""
    assert ids("habits") == [1, 5]
    assert ids("harbour") == [5, 3]
    assert [match.fields for match in matches("habits")] == [
        [MatchedField.TITLE],
        [MatchedField.DESCRIPTION],
    ]


def test_most_of_the_question_must_match() -> None:
    """A session matches if its fields together have nearly all words of the question."""
    assert ids("ropes at the harbour in summer") == [3]
    assert ids("lighthouse keeper") == [3]
    assert ids("the wages of a lighthouse keeper in Denmark") == []


def test_topics_count_for_the_sessions_about_them() -> None:
    """A named topic is a field of the sessions about it, together with their other fields."""
    topic = AskedTopic(stems=frozenset(["moonlight"]), session_ids=np.array([2, 4]))

    found = matches("moonlight", topic)

    assert [(match.session_id, match.fields) for match in found] == [
        (4, [MatchedField.TOPIC]),
        (2, [MatchedField.TOPIC]),
    ]
    assert ids("moonlight languages", topic) == [2]
