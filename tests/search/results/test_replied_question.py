"""Tests of the question that is shown before a quote."""

import pytest

from library.access import GUEST
from library.sessions.passage_queries import PassageSegment
from search.engine import Engine
from search.results.replied_question import question_before
from tests.builders import add_session


def segments(*spoken: tuple[str, str]) -> list[PassageSegment]:
    """Return segments of ten seconds each."""
    return [
        PassageSegment(number, speaker, None, 10.0 * number, 10.0 * number + 10, text, "[]", "")
        for number, (speaker, text) in enumerate(spoken)
    ]


@pytest.mark.parametrize(
    ("spoken", "asked"),
    [
        ([("Ben", "How do I begin?"), ("Ada", "Small.")], "How do I begin?"),
        (
            [("Ben", "We lost two people. So who does it now? Me, I fear."), ("Ada", "Nobody.")],
            "So who does it now?",
        ),
        (
            [("Ben", "Who decides that?"), ("Ben", "I never know."), ("Ada", "You.")],
            "Who decides that?",
        ),
        (
            [("Ben", "Who decides that?"), ("Ada", "Good point."), ("Ada", "You do.")],
            "Who decides that?",
        ),
        ([("Ada", "Who decides that?"), ("Ada", "You do.")], ""),
        ([("Ben", "Why?"), ("Ada", "Because.")], ""),
        ([("Ben", "What would you do?"), ("Cleo", "Mhm."), ("Ada", "Wait.")], ""),
        ([("Ben", "What would you do?"), ("Ada", "Well. " * 61), ("Ada", "Wait.")], ""),
        ([("", "What would you do?"), ("", "Wait.")], ""),
    ],
)
def test_the_question_of_another_person_just_before(spoken, asked) -> None:
    """Only a whole question of the person who spoke before belongs to a quote."""
    assert question_before(segments(*spoken), 0).text == asked


def test_a_suspect_segment_is_no_question() -> None:
    """A question that was probably not spoken is not shown."""
    asked, reply = segments(("Ben", "What would you do?"), ("Ada", "Wait."))

    assert question_before([asked._replace(suspect="noise"), reply], 0).text == ""


def test_quotes_show_what_they_reply_to(library, embedder) -> None:
    """A quote names the question and who asked it, word for word."""
    lines = [
        ("Ben", "I have to lead the meeting. How do I keep it short?"),
        ("Ada", "Send the agenda for the meeting a day before and keep it to three points."),
    ]
    add_session(library, lines=lines)

    quote = Engine(library, embedder).explore("agenda of a short meeting", GUEST).quotes[0]

    assert quote.text == lines[1][1]
    assert (quote.asked, quote.asked_by) == ("How do I keep it short?", "Ben")
