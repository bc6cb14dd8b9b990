"""Tests of the diarization stage: an error in it does not lose the transcript."""

from pathlib import Path

from ingest.asr.blocks import AsrBlock
from ingest.asr.result import AsrSegment, Word
from ingest.diarization.stage import FAILED, by_channel, diarize


def block(channel, text, start):
    """Return a block with one segment of one second, which has the given text and start."""
    return AsrBlock(
        number=0,
        count=1,
        start=0.0,
        end=60.0,
        language="en",
        voiced=9.0,
        channel=channel,
        segments=(
            AsrSegment(
                text=text,
                start=start,
                end=start + 1,
                words=(Word(text, start, start + 1, 0.9),),
                suspect=None,
                no_speech_probability=0.0,
                log_probability=-0.1,
            ),
        ),
    )


def broken():
    """Raise the error that damaged models raise."""
    raise OSError("damaged")


def run(blocks, models):
    """Return the result of diarizing *blocks*, without a sound file."""
    return diarize(Path("none"), blocks, models, people=None, progress=lambda _: None)


def test_a_failure_keeps_the_words_and_gives_a_notice():
    """If the speaker models fail, the segments have no speakers, and a notice says so.

    If the models are not installed, the segments have no speakers and there is no notice.
    """
    failed, notice = run([block(None, "Hello.", 1.0)], broken)
    without, none = run([block(None, "Hello.", 1.0)], lambda: None)

    assert [segment.text for segment in failed] == ["Hello."]
    assert (notice, none) == (FAILED, None)
    assert without == failed


def test_channels_are_speakers_without_a_model():
    """With one speaker per channel, no model is used. Who speaks first is "Speaker 1"."""
    blocks = [block(0, "Second.", 5.0), block(1, "First.", 1.0)]

    segments, notice = run(blocks, broken)

    assert [(s.speaker, s.text) for s in segments] == [
        ("Speaker 1", "First."),
        ("Speaker 2", "Second."),
    ]
    assert notice is None
    assert segments == by_channel(blocks)


def test_silence_has_no_speakers():
    """A recording without blocks has no segments."""
    assert run([], broken) == ([], None)
