"""Tests of imported subtitles: words, times and speakers of WebVTT and SubRip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers.subtitles import read_subtitles
from ingest.readers.text_encoding import read_text
from library.errors import InvalidInputError
from library.transcripts.versions import SegmentDraft

VTT = """WEBVTT - a talk

NOTE nobody reads this

1
00:01.500 --> 00:04.250 align:start
<v.loud Ada Byron>Say it <b>early</b> &amp; often.</v>

01:00:04.250 --> 01:00:08.000
<v Ben>Why?</v> <v Ada Byron>Because they wait.</v>
"""
SRT = """1
00:00:01,000 --> 00:00:02,000
BEN: Why?

2
00:00:03,000 --> 00:00:04,000
and so on

3
00:00:05,000 --> 00:00:06,000
Ada Byron: They wait.
"""


def rows_of(segments: list[SegmentDraft]) -> list[tuple[object, ...]]:
    """Return start, end, speaker and text of each segment."""
    return [(s.start, s.end, s.speaker, s.text) for s in segments]


def test_webvtt_keeps_times_speakers_and_plain_words() -> None:
    """WebVTT is read with milliseconds, speakers and plain text.

    The time of a cue with two speakers is divided in proportion to the lengths of their texts.
    """
    assert rows_of(read_subtitles(VTT, "talk.vtt")) == [
        (1.5, 4.25, "Ada Byron", "Say it early & often."),
        (3604.25, 3604.932, "Ben", "Why?"),
        (3604.932, 3608.0, "Ada Byron", "Because they wait."),
    ]


def test_subrip_names_speakers_before_a_colon() -> None:
    """A name before a colon is the speaker of its cue and of the next cues without a name."""
    assert rows_of(read_subtitles(SRT, "talk.srt")) == [
        (1.0, 2.0, "BEN", "Why?"),
        (3.0, 4.0, "BEN", "and so on"),
        (5.0, 6.0, "Ada Byron", "They wait."),
    ]


def test_one_colon_in_many_cues_is_not_a_name() -> None:
    """If only one of many cues has a word before a colon, that word is not a speaker."""
    cues = [f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\nwords\n" for n in range(1, 6)]
    text = "\n".join([*cues, "6\n00:00:06,000 --> 00:00:07,000\nRemember: keys first\n"])

    segments = read_subtitles(text, "talk.srt")

    assert {s.speaker for s in segments} == {""}
    assert segments[-1].text == "Remember: keys first"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("talk.vtt", "no head at all"),
        ("talk.vtt", "WEBVTT\n\n"),
        ("talk.vtt", "WEBVTT\n\n00:00:09.000 --> 00:00:01.000\nbackwards\n"),
        ("talk.srt", "just words"),
        ("talk.srt", "1\nyesterday --> today\nwords\n"),
    ],
)
def test_an_invalid_transcript_is_refused_by_name(name: str, text: str) -> None:
    """An invalid transcript is refused with an error message that names the file."""
    with pytest.raises(InvalidInputError, match=name):
        read_subtitles(text, name)


@given(st.text(max_size=300), st.sampled_from(["talk.vtt", "talk.srt"]))
def test_no_text_breaks_the_reader(text: str, name: str) -> None:
    """Any cue text is read into valid times, or refused with an error message."""
    head = "WEBVTT\n\n" if name.endswith("vtt") else ""
    try:
        segments = read_subtitles(f"{head}00:01.000 --> 00:02.000\n{text}", name)
    except InvalidInputError:
        segments = []

    assert all((s.start or 0) <= (s.end or 0) for s in segments)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_usual_encodings_are_read(encoding: str) -> None:
    """Text in UTF-8, UTF-16 and Windows-1252 is decoded."""
    assert read_text("Zoë said: später".encode(encoding), "note.txt") == "Zoë said: später"


def test_an_unusual_name_is_a_speaker_if_repeated():
    """A repeated label in an unusual form is a speaker.

    A cue whose label occurs only once has no speaker.
    """
    cue_texts = (
        "Mara: What became of it?",
        "[Guest 2] (Acme): I would rather not say.",
        "Theo: Then let us leave it.",
        "@cleo: Yes.",
        "[Guest 2] (Acme): Thank you.",
        "and that was all of it.",
    )
    text = "WEBVTT\n" + "".join(
        f"\n00:00:{n:02}.000 --> 00:00:{n + 1:02}.000\n{words}\n"
        for n, words in enumerate(cue_texts)
    )

    segments = read_subtitles(text, "talk.vtt")

    assert [(s.speaker, s.text) for s in segments] == [
        ("Mara", "What became of it?"),
        ("[Guest 2] (Acme)", "I would rather not say."),
        ("Theo", "Then let us leave it."),
        ("", "@cleo: Yes."),
        ("[Guest 2] (Acme)", "Thank you."),
        ("[Guest 2] (Acme)", "and that was all of it."),
    ]


def test_a_single_name_in_a_file_does_not_continue():
    """An unnamed cue has no speaker if the file names only one person."""
    text = (
        "WEBVTT\n\n00:00.000 --> 00:01.000\nMara: What became of it?\n"
        "\n00:01.000 --> 00:02.000\nI would rather that nobody hears.\n"
    )

    assert [s.speaker for s in read_subtitles(text, "talk.vtt")] == ["Mara", ""]
