"""What readers are shown of the words that are here."""

import pytest

from library.access import GUEST
from library.editing import heard
from library.holdings import reading
from library.models import Part
from tests.builders import add_session, person_named

ADVICE = "Ask for feedback on the same day, while everybody still remembers what happened."


def talk(library, lines):
    """A session of Ada, a mentor, and Ben, a mentee."""
    with library.transaction() as db:
        both = [
            (person_named(db, "Ada").id, Part.MENTOR),
            (person_named(db, "Ben").id, Part.MENTEE),
        ]
    return add_session(library, lines=lines, participants=both)


@pytest.mark.parametrize(
    ("said", "offered"),
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
def test_only_whole_questions_are_offered(library, said, offered):
    """A mentee's question stands alone on the front page, or is not shown there."""
    talk(library, [("Ben", said)])

    with library.reading() as db:
        assert heard.questions(db, GUEST) == ([offered] if offered else [])


def test_a_mentors_question_is_not_a_readers(library):
    """What mentors ask back is no question to the library."""
    talk(library, [("Ada", "What would you do if you had the whole day for it?")])

    with library.reading() as db:
        assert heard.questions(db, GUEST) == []


def test_the_newest_voice_is_a_mentors_advice(library):
    """A telling sentence of a mentor is quoted with its place; small talk is not."""
    built = talk(library, [("Ben", ADVICE), ("Ada", "Yes."), ("Ada", ADVICE)])

    with library.reading() as db:
        (quote,) = heard.newest_voices(db, GUEST)

    assert (quote.session_id, quote.segment, quote.start) == (built.session_id, 2, 20.0)
    assert (quote.speaker, quote.text) == ("Ada", ADVICE)


def test_lines_are_read_in_stretches(library):
    """A long transcript is read from any line on, in order."""
    built = talk(library, [("Ada", str(n)) for n in range(5)])

    with library.reading() as db:
        lines = reading.lines_of(db, built.version_id, start_at=1, limit=3)

    assert [line.text for line in lines] == ["1", "2", "3"]
