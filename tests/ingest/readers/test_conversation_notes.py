"""Tests of notes that are a conversation, and of notes that are not."""

import pytest

from ingest.readers.formats import FORMATS, Format
from tests.ingest.readers import documents


def form(name: str) -> Format:
    return next(known for known in FORMATS if known.name == name)


def spoken(note: str) -> list[tuple[str, str]]:
    """Return speaker and text of the segments of a Markdown note."""
    return [(s.speaker, s.text) for s in form("note").read(note.encode(), "note.md").segments]


@pytest.mark.parametrize(
    "note",
    [
        "Speaker 1: I told nobody.\n\nSpeaker 2: Then keep it.",
        "Speaker 1: I told nobody.\nSpeaker 2: Then keep it.",
        "**Speaker 1:** I told nobody.\n\n**Speaker 2:** Then keep it.",
        "- Speaker 1: I told nobody.\n- Speaker 2: Then keep it.",
    ],
)
def test_numbered_labels_are_speakers_in_any_layout(note: str) -> None:
    """Labels such as "Speaker 1:" become speakers, in paragraphs, lines, bold text or lists."""
    assert spoken(note) == [("Speaker 1", "I told nobody."), ("Speaker 2", "Then keep it.")]


def test_repeated_names_are_speakers_of_the_paragraphs_after_them() -> None:
    """A repeated name is the speaker of its paragraph and of unnamed paragraphs after it.

    Text before the first name has no speaker.
    """
    note = "# A talk\n\nAda: One.\n\nTwo.\n\nBen: Three.\n\nAda: Four.\n\nBen: Five.\n\nBen: Six."

    assert [speaker for speaker, _ in spoken(note)] == [
        "",
        "Ada",
        "Ada",
        "Ben",
        "Ada",
        "Ben",
        "Ben",
    ]


def test_a_word_document_is_read_like_a_note() -> None:
    """Speaker labels of a Word document are read as written, also with special characters."""
    paragraphs = [("Normal", "SPEAKER_00: I told nobody."), ("Normal", "SPEAKER_01: Then keep it.")]

    read = form("docx").read(documents.word(paragraphs), "talk.docx")

    assert [s.speaker for s in read.segments] == ["SPEAKER_00", "SPEAKER_01"]


@pytest.mark.parametrize(
    "note",
    [
        "Pros: it is short.\n\nCons: it is cold.",
        "Remember: ask early.\n\nRemember: ask often.",
        "Host: Ada\nGuest: Ben\n\nOne.\n\nTwo.\n\nThree.\n\nFour.\n\nFive.",
        "Ada: said it once.\n\nI agree.\n\nBen: did too.\n\nSo it is.\n\nAda: told me.\n\nEnd.",
        "It was late: nobody came.\n\nIt was early: nobody came.",
    ],
)
def test_colons_alone_make_no_conversation(note: str) -> None:
    """A note in which some paragraphs contain a colon does not become a conversation."""
    assert {speaker for speaker, _ in spoken(note)} == {""}
