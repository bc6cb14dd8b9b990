"""Notes that are a conversation have speakers; all others have none."""

import pytest

from ingest.readers.formats import FORMATS, Format
from tests.ingest.readers import documents


def form(name: str) -> Format:
    return next(one for one in FORMATS if one.name == name)


def spoken(note: str) -> list[tuple[str, str]]:
    """Speakers and words that are read from a note written in Markdown."""
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
def test_unnamed_voices_are_speakers_however_they_are_set_apart(note: str) -> None:
    """Paragraphs, lines, bold names and lists are turns, without the name in the words."""
    assert spoken(note) == [("Speaker 1", "I told nobody."), ("Speaker 2", "Then keep it.")]


def test_names_that_come_again_are_speakers_and_keep_the_paragraphs_behind_them() -> None:
    """What stands before the first name is nobody's; a paragraph without one goes on."""
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
    """A name with signs that Markdown would read is the name as it was written."""
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
    """One label, labels that come once, and a few names in a text stay the author's words."""
    assert {speaker for speaker, _ in spoken(note)} == {""}
