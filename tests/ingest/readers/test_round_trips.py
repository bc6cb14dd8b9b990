"""Tests of file formats: segments that are exported and imported again are equal.

The docstring of a test names the differences that its format causes.

Covers: json_transcript, markdown_writer, ohms, opendocument, pdf, timestamped_text, word.
"""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from odfdo import Header, List, Paragraph

from ingest.readers.formats import FORMATS
from library.errors import InvalidInputError
from library.exports import formats
from library.exports.document import ExportDocument
from library.markdown import unmarked
from library.sessions.description import Description
from library.sessions.segments import SegmentDraft
from tests.ingest.readers import documents

NAMES = ("", "Ada Byron", "Ben O'Neill", "Zoë", "Łukasz")
WORDS = (
    "ask",
    "early",
    "“often”",
    "R&D",
    "1 < 2",
    "it's",
    "später",
    "日本語",
    "x > y",
    "50 %",
    "a*b",
)
SENTENCES = ("Ask early.", "Wait (a bit).", "Say it!")
MARKS = ("#1", "- dash", "[link]", "1. one", "*")


def lines(*, named: bool = True, words: bool = False) -> st.SearchStrategy[list[SegmentDraft]]:
    """Return a Hypothesis strategy for lists of segments with start and end times.

    If *named* is set, each segment has a speaker, else none has. *words* adds times of words.
    """
    words_of_segment = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6)
    speakers = st.sampled_from(NAMES[1:] if named else NAMES[:1])
    one = st.tuples(words_of_segment, speakers, st.integers(0, 90_000), st.integers(200, 60_000))

    def build(drawn: list[tuple[list[str], str, int, int]]) -> list[SegmentDraft]:
        at, segments = 0, []
        for tokens, speaker, gap, length in drawn:
            start, at = at + gap, at + gap + length
            step = length / len(tokens)
            timed = [
                (
                    t,
                    round((start + i * step) / 1000, 3),
                    round((start + (i + 1) * step) / 1000, 3),
                    0.5,
                )
                for i, t in enumerate(tokens)
            ]
            segments.append(
                SegmentDraft(
                    text=" ".join(tokens),
                    start=start / 1000,
                    end=at / 1000,
                    speaker=speaker,
                    words=timed if words else (),
                )
            )
        return segments

    return st.lists(one, min_size=2, max_size=6).map(build)


def both() -> st.SearchStrategy[list[SegmentDraft]]:
    """Return a strategy for transcripts with a speaker for each segment, or without speakers."""
    return st.one_of(lines(named=True), lines(named=False))


def manuscript(segments: list[SegmentDraft], *, timed: bool = True) -> ExportDocument:
    """Return a document with these segments and a title that has to be escaped."""
    return ExportDocument(
        described=Description(
            title="Say <no> & [00:00:09] mean it --> gladly",
            held_on=date(2024, 5, 31),
            language="en",
        ),
        site="Living History",
        address="https://library.example.org/sessions/7?source=3",
        filename="talk.ogg",
        timed=timed,
        segments=segments,
        written_on=date(2024, 6, 1),
        people=[("Ada Byron", "mentor"), ("Ben O'Neill", "mentee")],
        origin="whisper",
        model="base",
        duration=600.0,
        identifier=7,
    )


def read(name: str, content: bytes) -> list[SegmentDraft]:
    """Return the segments that the reader of the format *name* finds in *content*."""
    form = next(known for known in FORMATS if known.name == name)
    assert form.recognises(content[:4096])
    return form.read(content, f"file of {name}").segments


def written(ending: str, segments: list[SegmentDraft], *, timed: bool = True) -> bytes:
    """Return *segments* as a file in the export format *ending*."""
    return formats.render(manuscript(segments, timed=timed), formats.EXPORTS[ending])


@given(both())
def test_webvtt(segments: list[SegmentDraft]) -> None:
    """Segments exported to WebVTT and imported again keep their text, speakers and times."""
    assert read("subtitles", written("vtt", segments)) == segments


@given(both())
def test_subrip(segments: list[SegmentDraft]) -> None:
    """Segments exported to SubRip and imported again keep their text, speakers and times."""
    assert read("subtitles", written("srt", segments)) == segments


@given(both())
def test_ohms(segments: list[SegmentDraft]) -> None:
    """Segments exported to OHMS and imported again keep their text, speakers and times."""
    assert read("ohms", written("ohms.xml", segments)) == segments


@given(both())
def test_ohms_of_older_viewers(segments: list[SegmentDraft]) -> None:
    """The part of an OHMS file for older viewers keeps text, speakers and order of segments."""
    content = written("ohms.xml", segments).replace(b"vtt_transcript", b"unknown")

    found = read("ohms", content)

    assert [(s.speaker, s.text) for s in found] == [(s.speaker, s.text) for s in segments]
    starts = [s.start or 0.0 for s in found]
    assert starts == sorted(starts)


@given(both())
def test_text_with_times(segments: list[SegmentDraft]) -> None:
    """Segments exported to text and imported again keep text, speakers and whole start seconds."""
    found = read("timed text", written("txt", segments))

    assert [(s.speaker, s.text, s.start) for s in found] == [
        (s.speaker, s.text, float(int(s.start or 0))) for s in segments
    ]


@given(lines(words=True))
def test_our_json(segments: list[SegmentDraft]) -> None:
    """Segments exported to JSON and imported again keep all fields.

    These include the times of words and the reason why a segment is suspect.
    """
    segments[0] = replace(segments[0], suspect="Probably never spoken")

    assert read("json", written("json", segments)) == segments


@given(lines(named=False, words=True))
def test_the_json_of_whisper(segments: list[SegmentDraft]) -> None:
    """Whisper's JSON is read with word times and without speakers."""
    content = {
        "text": " ".join(s.text for s in segments),
        "language": "en",
        "segments": [
            {
                "id": i,
                "start": s.start,
                "end": s.end,
                "text": f" {s.text}",
                "tokens": [50364],
                "avg_logprob": -0.2,
                "words": [
                    {"word": f" {w}", "start": a, "end": b, "probability": p}
                    for w, a, b, p in s.words
                ],
            }
            for i, s in enumerate(segments)
        ],
    }

    assert read("json", json.dumps(content).encode()) == segments


@given(lines(words=True))
def test_the_json_of_whisperx(segments: list[SegmentDraft]) -> None:
    """WhisperX's JSON is read with speakers and word times."""
    listed = [
        {
            "start": s.start,
            "end": s.end,
            "text": s.text,
            "speaker": s.speaker,
            "words": [{"word": w, "start": a, "end": b, "score": p} for w, a, b, p in s.words],
        }
        for s in segments
    ]
    content = json.dumps({"segments": listed, "word_segments": []}).encode()

    assert read("json", content) == segments


def test_numbered_speakers_and_words_without_times_of_whisperx() -> None:
    """Speakers of WhisperX are numbered from 1. A word without times has the previous end time."""
    content = (
        b'{"segments": [{"start": 1, "end": 3, "text": "In 2019 then", "speaker": "SPEAKER_00",'
        b' "words": [{"word": "In", "start": 1, "end": 1.5, "score": 0.9}, {"word": "2019"},'
        b' {"word": "then", "start": 2, "end": 3, "score": 0.8}]}]}'
    )

    (segment,) = read("json", content)

    assert segment.speaker == "Speaker 1"
    assert list(segment.words) == [
        ("In", 1.0, 1.5, 0.9),
        ("2019", 1.5, 1.5, 1.0),
        ("then", 2.0, 3.0, 0.8),
    ]


paragraphs = st.lists(
    st.tuples(
        st.sampled_from(["heading", "item", "plain"]),
        st.lists(st.sampled_from((*WORDS, *MARKS)), min_size=1, max_size=8),
    ).map(lambda drawn: (drawn[0], " ".join(drawn[1]))),
    min_size=1,
    max_size=5,
)


def words_of(segments: list[SegmentDraft]) -> list[str]:
    """Return the plain text of the segments."""
    return [unmarked(segment.text) for segment in segments]


@limits(max_examples=25)
@given(paragraphs)
def test_word(drawn: list[tuple[str, str]]) -> None:
    """Paragraphs imported from Word, exported to Word and imported again are unchanged."""
    styles = {"heading": "Heading 2", "item": "List Bullet", "plain": "Normal"}

    first = read("docx", documents.word([(styles[kind], text) for kind, text in drawn]))
    _title, *again = read("docx", written("docx", first, timed=False))

    assert words_of(first) == [" ".join(text.split()) for _, text in drawn]
    assert again == first


@limits(max_examples=25)
@given(paragraphs)
def test_opendocument(drawn: list[tuple[str, str]]) -> None:
    """Paragraphs imported from OpenDocument, exported to Word and imported again are unchanged."""
    make = {"heading": lambda t: Header(2, t), "item": lambda t: List([t]), "plain": Paragraph}
    elements = [make[kind](text) for kind, text in drawn]

    first = read("odt", documents.opendocument(*elements))
    _title, *again = read("docx", written("docx", first, timed=False))

    assert words_of(first) == [" ".join(text.split()) for _, text in drawn]
    assert again == first


@given(paragraphs)
def test_markdown(drawn: list[tuple[str, str]]) -> None:
    """The blocks of a note that is exported to Markdown and imported again are unchanged."""
    note = "\n\n".join(
        {"heading": "## ", "item": "- ", "plain": ""}[kind] + f"No. {number}: {text}"
        for number, (kind, text) in enumerate(drawn)
    )
    first = read("note", note.encode())

    again = read("note", written("md", first, timed=False))

    assert again == first


def test_a_conversation_in_markdown() -> None:
    """A conversation that is exported to Markdown and imported again keeps its speakers."""
    note = "# A talk\n\nAda_B: Ask.\n\nEarly.\n\nSpeaker 2: Why?\n\nAda_B: Wait *a bit*."
    first = read("note", note.encode())

    again = read("note", written("md", first, timed=False))

    assert [s.speaker for s in first] == ["", "Ada_B", "Ada_B", "Speaker 2", "Ada_B"]
    assert again == first


@limits(max_examples=25)
@given(
    st.lists(
        st.lists(st.sampled_from(("Ask early.", "Wait (a bit).", "Say it!")), min_size=1),
        min_size=1,
        max_size=3,
    )
)
def test_pdf(pages: list[list[str]]) -> None:
    """All words of a PDF are read, with their page number. There is no export to PDF."""
    found = read("pdf", documents.pdf(pages))

    for number, lines_of_page in enumerate(pages, start=1):
        here = [unmarked(s.text) for s in found if s.place == f"p. {number}"]
        assert " ".join(here) == " ".join(lines_of_page)


@pytest.mark.parametrize("ending", ["vtt", "srt", "ohms.xml", "chapters.vtt"])
def test_a_note_has_no_times(ending: str) -> None:
    """Exporting a note to a format with times is refused with an error message."""
    with pytest.raises(InvalidInputError, match="A note has no times"):
        written(ending, [SegmentDraft(text="# A note")], timed=False)


@pytest.mark.parametrize("ending", ["vtt", "srt", "txt", "md", "ohms.xml"])
def test_suspect_segments_are_left_out(ending: str) -> None:
    """Exports other than JSON leave out suspect segments."""
    segments = [
        SegmentDraft(text="Kept words", start=0.0, end=1.0),
        SegmentDraft(text="Canary words", start=1.0, end=2.0, suspect="Probably never spoken"),
    ]

    content = written(ending, segments)

    assert b"Kept words" in content
    assert b"Canary" not in content
