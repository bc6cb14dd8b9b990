"""Tests of transcripts as HTML."""

from library.sessions.read_models import TranscriptLine
from web.rendering import transcript_html
from web.rendering.transcript_html import LONGEST_TURN, turns


def line(number, speaker="Ada", text="Ask early.", **more):
    """Return a segment of one second."""
    values = {
        "person_id": None,
        "start": float(number),
        "end": number + 1.0,
        "words": [],
        "suspect": "",
        **more,
    }
    return TranscriptLine(ordinal=number, speaker=speaker, text=text, **values)


def test_segments_of_one_speaker_are_a_turn():
    """Segments of one speaker form turns of limited length.

    A turn that continues the speech of the turn before is marked as continued.
    """
    lines = [line(n) for n in range(LONGEST_TURN + 2)] + [line(99, "Ben")]

    result = list(turns(lines))

    assert [(t.speaker, len(t.lines), t.continued) for t in result] == [
        ("Ada", LONGEST_TURN, False),
        ("Ada", 2, True),
        ("Ben", 1, False),
    ]
    assert list(turns([])) == []


def test_matches_and_uncertain_words_are_marked():
    """Matched and uncertain words are marked, and all text is escaped."""
    words = [["Ask", 0, 0.5, 0.9], [" <early>", 0.5, 1, 0.1]]

    html = transcript_html.segment_html(line(0, text="Ask <early>", words=words), {"ask"})

    assert html.startswith("<mark>Ask</mark> ")
    assert "&lt;early&gt;</span>" in html
    assert "<early>" not in html


def test_a_segment_links_to_its_second_and_says_why_it_is_suspect():
    """A segment links to its second and shows why it may be hallucinated.

    A paragraph of a note has no link.
    """
    html = transcript_html.line_html(line(7, suspect="repeated"), (), "source=3")
    note = transcript_html.line_html(line(7, start=None, end=None), (), "source=3")

    assert 'id="s7"' in html
    assert "&amp;source=3#s7" in html
    assert "Not searched: repeated" in html
    assert "href" not in note
