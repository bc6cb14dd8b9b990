"""Recordings with one voice on each channel."""

import numpy as np

from ingest.heard import Block, HeardSegment, Word
from ingest.mixdown import Mixdown
from ingest.telling import by_channel

RATE = 16_000


def voices(*, crosstalk: float) -> np.ndarray:
    """Two people in turn for a second each, each on a channel, heard on the other too."""
    noise = np.random.default_rng(3).normal(0, 0.1, (2, 8 * RATE)).astype(np.float32)
    turn = (np.arange(8 * RATE) // RATE) % 2
    first, second = noise[0] * (turn == 0), noise[1] * (turn == 1)
    return np.stack([first + crosstalk * second, second + crosstalk * first])


def mixed(channels: np.ndarray, only: int | None = None) -> tuple[np.ndarray, Mixdown]:
    mixer = Mixdown(only=only)
    return np.concatenate([mixer.add(channels), mixer.flush()]), mixer


def test_two_microphones_are_told_from_one_room():
    """Each voice much louder on its own channel: two microphones. Nearly as loud: one room."""
    assert mixed(voices(crosstalk=0.05))[1].one_voice_each
    assert not mixed(voices(crosstalk=0.6))[1].one_voice_each


def test_a_dead_channel_is_nobodys_microphone():
    """A voice on one channel only is one voice."""
    sound = voices(crosstalk=0.0)
    sound[1] = 0

    assert not mixed(sound)[1].one_voice_each


def test_a_channel_is_silent_while_the_voice_is_on_the_other():
    """What leaks over from the other microphone is not heard a second time."""
    samples, _ = mixed(voices(crosstalk=0.05), only=0)

    seconds = np.abs(samples[: 8 * RATE].reshape(8, RATE).astype(np.int32))
    assert seconds[0::2].max() > 5000
    assert seconds[1::2, RATE // 10 :].max() == 0


def heard(channel: int, number: int, *said: tuple[str, float]) -> Block:
    return Block(
        number=number,
        count=1,
        start=0.0,
        end=60.0,
        language="en",
        voiced=9.0,
        channel=channel,
        segments=tuple(
            HeardSegment(
                text=text,
                start=start,
                end=start + 1,
                words=(Word(text, start, start + 1, 0.9),),
                suspect=None,
                no_speech_probability=0.0,
                log_probability=-0.1,
            )
            for text, start in said
        ),
    )


def test_each_channel_is_a_speaker_in_the_order_of_time():
    """Both channels' words become one conversation."""
    blocks = [heard(0, 0, ("Why?", 5.0), ("I see.", 12.0)), heard(1, 1, ("Hello.", 1.0))]

    told = by_channel(blocks)

    assert [(s.speaker, s.text) for s in told] == [
        ("Speaker 1", "Hello."),
        ("Speaker 2", "Why?"),
        ("Speaker 2", "I see."),
    ]
