"""Imported transcripts: words, times and speakers of WebVTT and SubRip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers.plaintext import read_text
from ingest.readers.subtitles import read_subtitles
from library.editing.transcripts import SegmentDraft
from library.errors import InvalidInputError

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


def told(segments: list[SegmentDraft]) -> list[tuple[object, ...]]:
    """Start, end, speaker and words of each segment."""
    return [(s.start, s.end, s.speaker, s.text) for s in segments]


def test_webvtt_keeps_milliseconds_voices_and_plain_words() -> None:
    """Two voices in one cue share its time by the length of what they said."""
    assert told(read_subtitles(VTT, "talk.vtt")) == [
        (1.5, 4.25, "Ada Byron", "Say it early & often."),
        (3604.25, 3604.932, "Ben", "Why?"),
        (3604.932, 3608.0, "Ada Byron", "Because they wait."),
    ]


def test_subrip_names_speakers_before_a_colon() -> None:
    """A cue without a name goes on with the one before."""
    assert told(read_subtitles(SRT, "talk.srt")) == [
        (1.0, 2.0, "BEN", "Why?"),
        (3.0, 4.0, "BEN", "and so on"),
        (5.0, 6.0, "Ada Byron", "They wait."),
    ]


def test_a_colon_in_one_sentence_of_many_is_no_name() -> None:
    """Only a habit makes a name."""
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
def test_what_is_no_transcript_is_refused_by_name(name: str, text: str) -> None:
    """The sentence names the file and says what is missing."""
    with pytest.raises(InvalidInputError, match=name):
        read_subtitles(text, name)


@given(st.text(max_size=300), st.sampled_from(["talk.vtt", "talk.srt"]))
def test_no_text_breaks_the_reader(text: str, name: str) -> None:
    """Whatever is in a file, it is read, or refused with a sentence."""
    head = "WEBVTT\n\n" if name.endswith("vtt") else ""
    try:
        segments = read_subtitles(f"{head}00:01.000 --> 00:02.000\n{text}", name)
    except InvalidInputError:
        segments = []

    assert all((s.start or 0) <= (s.end or 0) for s in segments)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_usual_encodings_are_read(encoding: str) -> None:
    """An accent from an old machine is still an accent."""
    assert read_text("Zoë said: später".encode(encoding), "note.txt") == "Zoë said: später"


def test_a_name_in_a_form_that_is_not_read_gives_nobody_the_words():
    """Not to who spoke before: as it stands where it comes again, else to no speaker."""
    said = (
        "Mara: What became of it?",
        "[Guest 2] (Acme): I would rather not say.",
        "Theo: Then let us leave it.",
        "@cleo: Yes.",
        "[Guest 2] (Acme): Thank you.",
        "and that was all of it.",
    )
    text = "WEBVTT\n" + "".join(
        f"\n00:00:{n:02}.000 --> 00:00:{n + 1:02}.000\n{words}\n" for n, words in enumerate(said)
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


def test_one_name_in_a_file_is_not_everybodys():
    """A cue without a name has no speaker where the file names one person only."""
    text = (
        "WEBVTT\n\n00:00.000 --> 00:01.000\nMara: What became of it?\n"
        "\n00:01.000 --> 00:02.000\nI would rather that nobody hears.\n"
    )

    assert [s.speaker for s in read_subtitles(text, "talk.vtt")] == ["Mara", ""]
