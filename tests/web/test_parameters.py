"""What comes in addresses and forms."""

from datetime import date

import pytest

from library.errors import InvalidInputError
from library.models import Form
from web import parameters
from web.details import date_in, title_in, title_of


@pytest.mark.parametrize(
    ("given", "expected"),
    [("a\x00b\ud800c\x1b", "abc"), ("one\r\ntwo\rthree", "one\ntwo\nthree"), ("  x  ", "x")],
)
def test_text_loses_what_nothing_can_keep(given: str, expected: str) -> None:
    """Control characters and broken surrogates fall out, ends of lines become one kind."""
    assert parameters.text({"q": given}, "q") == expected


def test_text_is_cut_where_it_is_too_long() -> None:
    """A book in a field is cut, not refused."""
    assert parameters.text({"q": "x" * 50}, "q", longest=10) == "x" * 10


@pytest.mark.parametrize(
    "given", ["x", "1.5", "0", "-1", "9" * 19, "9" * 5000, "\uff11\uff12", "1e3", "+1"]
)
def test_what_is_no_number_is_refused_in_words(given: str) -> None:
    """Fractions, foreign digits and enormous numbers get a sentence."""
    with pytest.raises(InvalidInputError, match="must be"):
        parameters.number({"n": given}, "n", default=1)


def test_numbers_have_a_default() -> None:
    """An absent or empty number is the default."""
    assert parameters.number({}, "n", default=7) == 7
    assert parameters.number({"n": " "}, "n", default=7) == 7
    assert parameters.number({"n": "12"}, "n", default=7) == 12
    assert parameters.identifier({}, "n") is None


def test_days_are_iso_dates() -> None:
    """Year-month-day is a date, everything else a sentence."""
    assert parameters.day({"d": "2024-02-29"}, "d") == date(2024, 2, 29)
    assert parameters.day({}, "d") is None
    with pytest.raises(InvalidInputError, match="not a date"):
        parameters.day({"d": "2023-02-29"}, "d")


def test_choices_are_ours() -> None:
    """Only words that we know are taken."""
    assert parameters.choice({"f": "peer"}, "f", Form) is Form.PEER
    assert parameters.choice({}, "f", Form) is None
    with pytest.raises(InvalidInputError, match="one-to-one"):
        parameters.choice({"f": "chat"}, "f", Form)


@pytest.mark.parametrize(
    ("name", "title", "day"),
    [
        ("2024-05-31_asking for_help.mp3", "Asking for help", "2024-05-31"),
        ("talk.20240531.final.wav", "Talk final", "2024-05-31"),
        ("2024-13-45 talk.mp3", "2024 13 45 talk", ""),
        ("VID_20991231.mp4", "VID 20991231", ""),
        ("zoom_10020304.m4a", "Zoom 10020304", ""),
        ("ZOOM0001_99999999_20240531.wav", "ZOOM0001 99999999", "2024-05-31"),
        ("12345678901.mp3", "12345678901", ""),
        ("🎙️.mp3", "🎙️", ""),
        (".mp3", "Mp3", ""),
    ],
)
def test_names_of_files_are_read(name: str, title: str, day: str) -> None:
    """A title and a date are guessed from how the file is called."""
    assert (title_of(name), date_in(name)) == (title, day)


def test_a_notes_first_line_is_its_title() -> None:
    """Marks of Markdown fall away, a long line is cut at a word."""
    assert title_in("\n\n## *On listening*\n\nMore.") == "On listening"
    assert title_in("word " * 40).endswith("word…")
    assert title_in("") == ""
