"""Tests of the diarization stage: its errors do not fail a transcript."""

from pathlib import Path

from ingest.asr.blocks import AsrBlock
from ingest.asr.result import AsrSegment, Word
from ingest.diarization.stage import FAILED, by_channel, diarize


def block(channel, text, start):
    """Return a block with one segment of one second."""
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
    """Raise an error as damaged models do."""
    raise OSError("damaged")


def run(blocks, models):
    """Diarize blocks without a file of sound."""
    return diarize(Path("none"), blocks, models, people=None, progress=lambda _: None)


def test_a_failure_keeps_the_words_and_gives_a_notice():
    """Segments stay without speakers if the models fail, and a notice says so.

    If models are missing, segments stay without speakers and without a notice.
    """
    failed, notice = run([block(None, "Hello.", 1.0)], broken)
    without, none = run([block(None, "Hello.", 1.0)], lambda: None)

    assert [segment.text for segment in failed] == ["Hello."]
    assert (notice, none) == (FAILED, None)
    assert without == failed


def test_channels_are_speakers_without_a_model():
    """Channels are speakers without models, numbered by the time of their first words."""
    blocks = [block(0, "Second.", 5.0), block(1, "First.", 1.0)]

    told, notice = run(blocks, broken)

    assert [(s.speaker, s.text) for s in told] == [
        ("Speaker 1", "First."),
        ("Speaker 2", "Second."),
    ]
    assert notice is None
    assert told == by_channel(blocks)


def test_silence_has_no_speakers():
    """A recording without blocks has no segments."""
    assert run([], broken) == ([], None)
