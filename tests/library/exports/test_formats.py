"""Tests of export formats of transcripts and notes.

Covers: document, word, json_transcript, markdown.
"""

import io

import pytest
from docx import Document

from library.access import GUEST
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.exports import document, formats
from library.models import SourceKind, Visibility
from tests.builders import add_session


def load(library, built, viewer=GUEST, **more):
    """Return the document of an added source, as *viewer* may export it."""
    with library.reading() as db:
        return document.load(
            db,
            viewer,
            built.source_id,
            session_id=built.session_id,
            site="A library",
            address="https://example.org/1",
            **more,
        )


def test_each_format_contains_the_text(library):
    """Every export format of a recording contains the text of the recording."""
    text = load(library, add_session(library, lines=[("Ada", "Ask early.")]))

    for export in formats.available_formats(timed=True, chapters=False):
        data = formats.render(text, export)
        if export.ending == "docx":
            data = "\n".join(p.text for p in Document(io.BytesIO(data)).paragraphs).encode()
        assert b"Ask early." in data, export.ending


def test_a_note_has_no_captions(library):
    """A note cannot be exported in a format with times."""
    note = load(library, add_session(library, kind=SourceKind.NOTE))

    offered = {export.ending for export in formats.available_formats(timed=False, chapters=False)}
    assert offered == {"docx", "txt", "md", "json"}
    with pytest.raises(InvalidInputError):
        formats.render(note, formats.export_of("vtt"))
    with pytest.raises(NotFoundError):
        formats.export_of("exe")


def test_a_word_document_names_speakers_and_its_origin(library):
    """An exported Word document names the speaker wherever the speaker changes.

    Its footer contains the address of the session.
    """
    lines = [("Ada", "Ask early."), ("Ada", "And often."), ("Ben", "I will.")]
    text = load(library, add_session(library, title="On asking", lines=lines))

    file = Document(io.BytesIO(formats.render(text, formats.export_of("docx"))))

    paragraphs = [p.text for p in file.paragraphs]
    assert paragraphs[0] == "On asking"
    assert [p.startswith(("Ada", "Ben")) for p in paragraphs[1:]] == [True, False, True]
    assert "https://example.org/1" in file.sections[0].footer.paragraphs[0].text


def test_only_readers_load_a_document(library, mentor, mentee):
    """A hidden session cannot be exported.

    Only people who can edit a session can export an earlier version.
    """
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    public = add_session(library, title="Seen", owner=mentor)

    with pytest.raises(NotFoundError):
        load(library, hidden)
    with pytest.raises(NotAllowedError):
        load(library, public, mentee.viewer, number=7)
