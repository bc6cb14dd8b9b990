"""Tests of recordings with one speaker on each channel."""

import numpy as np

from ingest.asr.result import AsrBlock, AsrSegment, Word
from ingest.diarization.stage import by_channel
from ingest.media.downmix import Mixdown

RATE = 16_000


def two_speakers(*, crosstalk: float) -> np.ndarray:
    """Return two speakers in turns, one per channel, shape (2, n), with the given crosstalk."""
    noise = np.random.default_rng(3).normal(0, 0.1, (2, 8 * RATE)).astype(np.float32)
    turn = (np.arange(8 * RATE) // RATE) % 2
    first, second = noise[0] * (turn == 0), noise[1] * (turn == 1)
    return np.stack([first + crosstalk * second, second + crosstalk * first])


def mixed(channels: np.ndarray, only: int | None = None) -> tuple[np.ndarray, Mixdown]:
    mixer = Mixdown(only=only)
    return np.concatenate([mixer.add(channels), mixer.flush()]), mixer


def test_two_microphones_are_distinguished_from_one_room():
    """Only channels with little crosstalk count as one speaker each."""
    assert mixed(two_speakers(crosstalk=0.05))[1].one_speaker_each
    assert not mixed(two_speakers(crosstalk=0.6))[1].one_speaker_each


def test_a_silent_channel_is_not_a_microphone():
    """If one channel is silent, the recording does not count as one speaker per channel."""
    sound = two_speakers(crosstalk=0.0)
    sound[1] = 0

    assert not mixed(sound)[1].one_speaker_each


def test_crosstalk_is_silenced():
    """In the sound of one channel, the speaker of the other channel is silenced."""
    samples, _ = mixed(two_speakers(crosstalk=0.05), only=0)

    seconds = np.abs(samples[: 8 * RATE].reshape(8, RATE).astype(np.int32))
    assert seconds[0::2].max() > 5000
    assert seconds[1::2, RATE // 10 :].max() == 0


def block_of(channel: int, number: int, *texts: tuple[str, float]) -> AsrBlock:
    return AsrBlock(
        number=number,
        count=1,
        start=0.0,
        end=60.0,
        language="en",
        voiced=9.0,
        channel=channel,
        segments=tuple(
            AsrSegment(
                text=text,
                start=start,
                end=start + 1,
                words=(Word(text, start, start + 1, 0.9),),
                suspect=None,
                no_speech_probability=0.0,
                log_probability=-0.1,
            )
            for text, start in texts
        ),
    )


def test_each_channel_is_a_speaker_in_the_order_of_time():
    """The segments of both channels are merged by time, and each channel is a speaker."""
    blocks = [block_of(0, 0, ("Why?", 5.0), ("I see.", 12.0)), block_of(1, 1, ("Hello.", 1.0))]

    segments = by_channel(blocks)

    assert [(s.speaker, s.text) for s in segments] == [
        ("Speaker 1", "Hello."),
        ("Speaker 2", "Why?"),
        ("Speaker 2", "I see."),
    ]
