"""Tests of reading notes: a segment for each block, and plain text for the index."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers.notes import read_note
from library.errors import InvalidInputError
from library.markdown import plain

NOTE = """# Handing over

Say it **early**,
and say it [in public](https://example.org).

- the keys
- the list of what breaks
  - and when

> I would do it sooner.

| who | when |
|-----|------|
| Ada | May  |
"""


def test_every_block_of_a_note_is_a_segment_as_it_was_written() -> None:
    """Each Markdown block of a note is one segment, in order and as written."""
    blocks = [segment.text for segment in read_note(NOTE, "note.md")]

    assert blocks == [
        "# Handing over",
        "Say it **early**,\nand say it [in public](https://example.org).",
        "- the keys",
        "- the list of what breaks\n  - and when",
        "> I would do it sooner.",
        "| who | when |\n|-----|------|\n| Ada | May  |",
    ]


def test_the_index_gets_the_words_without_the_marks() -> None:
    """The index gets the text of a note without Markdown."""
    words = [plain(segment.text) for segment in read_note(NOTE, "note.md")]

    assert words == [
        "Handing over",
        "Say it early, and say it in public.",
        "the keys",
        "the list of what breaks and when",
        "I would do it sooner.",
        "who when Ada May",
    ]


@given(st.lists(st.from_regex(r"[a-z]{2,9}( [a-z]{2,9}){0,12}", fullmatch=True), min_size=1))
def test_plain_text_is_a_note(paragraphs: list[str]) -> None:
    """Paragraphs of a note without Markdown become segments without a change."""
    assert [s.text for s in read_note("\n\n".join(paragraphs), "note.md")] == paragraphs


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is read as a note with words, or refused with an error message."""
    try:
        segments = read_note(text, "note.md")
    except InvalidInputError:
        segments = []

    assert all(plain(segment.text) for segment in segments)


@pytest.mark.parametrize("text", ["", "   \n", "---", "<!-- only a remark -->"])
def test_a_note_without_words_is_refused(text: str) -> None:
    """A note without words is refused with an error message."""
    with pytest.raises(InvalidInputError, match="no words"):
        read_note(text, "note.md")
