"""Tests of reading parameters from addresses and forms."""

from datetime import date

import pytest

from library.errors import InvalidInputError
from library.models import Form
from web.capture.session_form import date_in, title_in, title_of
from web.http import params


@pytest.mark.parametrize(
    ("given", "expected"),
    [("a\x00b\ud800c\x1b", "abc"), ("one\r\ntwo\rthree", "one\ntwo\nthree"), ("  x  ", "x")],
)
def test_text_loses_control_characters(given: str, expected: str) -> None:
    """Control characters and lone surrogates are removed from a text. Line ends are unified."""
    assert params.text({"q": given}, "q") == expected


def test_text_is_cut_where_it_is_too_long() -> None:
    """A text that is too long is cut, not refused."""
    assert params.text({"q": "x" * 50}, "q", longest=10) == "x" * 10


@pytest.mark.parametrize(
    "given", ["x", "1.5", "0", "-1", "9" * 19, "9" * 5000, "\uff11\uff12", "1e3", "+1"]
)
def test_an_invalid_number_is_refused_with_a_message(given: str) -> None:
    """Fractions, non-ASCII digits and out-of-range numbers are refused with a message."""
    with pytest.raises(InvalidInputError, match="must be"):
        params.number({"n": given}, "n", default=1)


def test_numbers_have_a_default() -> None:
    """An absent or blank number parameter has the default value."""
    assert params.number({}, "n", default=7) == 7
    assert params.number({"n": " "}, "n", default=7) == 7
    assert params.number({"n": "12"}, "n", default=7) == 12
    assert params.identifier({}, "n") is None


def test_days_are_iso_dates() -> None:
    """An ISO date is read as a date. Other text is refused with a message."""
    assert params.day({"d": "2024-02-29"}, "d") == date(2024, 2, 29)
    assert params.day({}, "d") is None
    with pytest.raises(InvalidInputError, match="not a date"):
        params.day({"d": "2023-02-29"}, "d")


def test_only_known_choices_are_accepted() -> None:
    """An unknown choice is refused with a list of the known choices."""
    assert params.choice({"f": "peer"}, "f", Form) is Form.PEER
    assert params.choice({}, "f", Form) is None
    with pytest.raises(InvalidInputError, match="one-to-one"):
        params.choice({"f": "chat"}, "f", Form)


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
def test_title_and_date_are_read_from_a_file_name(name: str, title: str, day: str) -> None:
    """Title and date of a session are derived from the name of its file."""
    assert (title_of(name), date_in(name)) == (title, day)


def test_a_notes_first_line_is_its_title() -> None:
    """The title of a note is its first line without Markdown, cut at a word if it is long."""
    assert title_in("\n\n## *On listening*\n\nMore.") == "On listening"
    assert title_in("word " * 40).endswith("word…")
    assert title_in("") == ""
