"""Tests of highlights: quotes and questions on the home page."""

import pytest

from library.access import GUEST
from library.discovery import highlights
from library.models import ParticipantRole
from library.sessions import read_models
from tests.builders import add_session, person_named

ADVICE = "Ask for feedback on the same day, while everybody still remembers what happened."


def talk(library, lines):
    """Add a session of the mentor Ada with the mentee Ben."""
    with library.transaction() as db:
        both = [
            (person_named(db, "Ada").id, ParticipantRole.MENTOR),
            (person_named(db, "Ben").id, ParticipantRole.MENTEE),
        ]
    return add_session(library, lines=lines, participants=both)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (
            "So. How do I ask for feedback without a fuss?",
            "How do I ask for feedback without a fuss?",
        ),
        ("Well, how would you do it in my place?", "Well, how would you do it in my place?"),
        ("Really?", None),
        ("I would like to know more about that.", None),
        (f"{'really ' * 20}?", None),
    ],
)
def test_only_whole_questions_are_offered(library, text, question):
    """The home page offers only complete questions of mentees that have 6 to 18 words."""
    talk(library, [("Ben", text)])

    with library.reading() as db:
        assert highlights.questions(db, GUEST) == ([question] if question else [])


def test_a_mentors_question_is_not_offered(library):
    """The home page does not offer questions of mentors."""
    talk(library, [("Ada", "What would you do if you had the whole day for it?")])

    with library.reading() as db:
        assert highlights.questions(db, GUEST) == []


def test_the_newest_quote_is_a_mentors_advice(library):
    """The newest quote on the home page is advice of a mentor, with session and time."""
    built = talk(library, [("Ben", ADVICE), ("Ada", "Yes."), ("Ada", ADVICE)])

    with library.reading() as db:
        (quote,) = highlights.newest_quotes(db, GUEST)

    assert (quote.session_id, quote.segment, quote.start) == (built.session_id, 2, 20.0)
    assert (quote.speaker, quote.text) == ("Ada", ADVICE)


def test_segments_are_read_from_a_position(library):
    """Segments of a transcript are read in order from a given position, up to a limit."""
    built = talk(library, [("Ada", str(n)) for n in range(5)])

    with library.reading() as db:
        lines = read_models.lines_of(db, built.version_id, start_at=1, limit=3)

    assert [line.text for line in lines] == ["1", "2", "3"]
