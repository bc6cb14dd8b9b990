"""Tests of transcript exports in every format, under access rules."""

import io
import json

import pytest
import webvtt
from docx import Document
from lxml import etree

from library.exports.formats import EXPORTS
from library.models import SourceKind, Visibility
from library.sessions import chapters, sources
from library.sessions.segments import SegmentDraft
from library.transcripts import versions
from tests.builders import TALK, add_session

NAMESPACE = {"o": "https://www.weareavp.com/nunncenter/ohms"}
SAID = "Ask for feedback the same day"


@pytest.fixture
def built(library, mentor):
    """Public session with two chapters."""
    made = add_session(library, owner=mentor)
    with library.transaction() as db:
        chapters.replace(db, sources.get(db, made.source_id), [(0.0, "Why"), (10.0, "How & when")])
    return made


def address(built, ending):
    """Return the address at which a session is exported in the given format."""
    return f"/sessions/{built.session_id}/export/{built.source_id}.{ending}"


@pytest.mark.parametrize("ending", EXPORTS)
def test_a_transcript_is_exported_in_every_format(browse, built, ending):
    """An export in any format has its media type, and a file name made from the title."""
    answer = browse().get(address(built, ending))

    assert answer.status_code == 200
    assert answer.mimetype == EXPORTS[ending].media_type
    assert f"filename=A-talk-about-feedback.{ending}" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_webvtt_names_its_source(browse, built):
    """A WebVTT export has cues with speakers, and a note with title and address."""
    text = browse().get(address(built, "vtt")).text

    cues = webvtt.from_string(text)

    assert [(cue.voice, cue.start) for cue in cues] == [
        ("Ada", "00:00:00.000"),
        ("Ben", "00:00:10.000"),
    ]
    assert "NOTE\nTitle: A talk about feedback" in text
    assert f"/sessions/{built.session_id}?source={built.source_id}" in text


def test_chapters_are_cues_that_follow_one_another(browse, built):
    """In WebVTT, each chapter is a cue that ends where the next chapter begins.

    The last chapter ends with the recording.
    """
    cues = webvtt.from_string(browse().get(address(built, "chapters.vtt")).text)

    assert [(cue.start, cue.end) for cue in cues] == [
        ("00:00:00.000", "00:00:10.000"),
        ("00:00:10.000", "00:00:20.000"),
    ]


def test_a_word_document_has_title_speakers_and_source(browse, built):
    """A Word export has the title, segments with speaker and time, and the address as footer."""
    document = Document(io.BytesIO(browse().get(address(built, "docx")).data))

    texts = [paragraph.text for paragraph in document.paragraphs]

    assert texts[0] == "A talk about feedback"
    assert texts[1].startswith(f"Ada (00:00:00): {SAID}")
    assert "/sessions/" in document.sections[0].footer.paragraphs[0].text


def test_ohms_contains_transcript_and_chapters(browse, built):
    """An OHMS record contains title, transcript and chapters."""
    record = etree.fromstring(browse().get(address(built, "ohms.xml")).data)[0]

    assert record.findtext("o:title", namespaces=NAMESPACE) == "A talk about feedback"
    assert f"Ada: {SAID}" in record.findtext("o:transcript", namespaces=NAMESPACE)
    points = [p.text for p in record.iterfind("o:index/o:point/o:title", NAMESPACE)]
    assert points == ["Why", "How & when"]


def test_json_says_its_schema(browse, built):
    """A JSON export names its format and schema version."""
    content = json.loads(browse().get(address(built, "json")).data)

    assert (content["format"], content["schema"]) == ("living-history-transcript", 1)
    assert content["segments"][0]["text"].startswith(SAID)


def test_a_note_is_not_offered_as_captions(browse, library):
    """The page of a note offers no captions. Requesting them is refused with a message."""
    note = add_session(library, kind=SourceKind.NOTE, lines=[("", "# Wait a day")])

    page = browse().get(f"/sessions/{note.session_id}").text
    refused = browse().get(address(note, "vtt"))

    assert address(note, "docx") in page
    assert address(note, "vtt") not in page
    assert refused.status_code == 400
    assert "has no times" in refused.text


def test_an_export_follows_access_rules(browse, library, mentor, mentee):
    """Export answers 404 for a private session, another session's source or an unknown format."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    other_session = add_session(library, title="Another talk")

    answers = [
        browse(mentee).get(address(hidden, "vtt")),
        browse().get(f"/sessions/{other_session.session_id}/export/{hidden.source_id}.vtt"),
        browse(mentor).get(f"/sessions/{hidden.session_id}/export/{other_session.source_id}.vtt"),
        browse().get(address(other_session, "exe")),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert browse(mentor).get(address(hidden, "vtt")).status_code == 200


def test_earlier_versions_are_for_editors(browse, library, mentor, mentee, built):
    """Only members who may edit a session can export an earlier transcript version."""
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        correction = SegmentDraft(text="Corrected words", start=0.0, end=1.0, speaker=TALK[0][0])
        versions.save_version(db, source, [correction], origin="correction")
    first = f"{address(built, 'txt')}?version=1"

    assert "Corrected words" in browse().get(address(built, "txt")).text
    assert browse(mentee).get(first).status_code == 403
    assert SAID in browse(mentor).get(first).text
    assert browse(mentor).get(f"{address(built, 'txt')}?version=9").status_code == 404


def test_the_api_exports_under_access_rules(browse, token_of, library, mentor):
    """The API exports a private session for its owner. A guest gets 404."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    path = f"/api/v1/sessions/{hidden.session_id}/export/{hidden.source_id}.srt"

    assert SAID in browse().get(path, headers=token_of(mentor)).text
    assert browse().get(path).status_code == 404
