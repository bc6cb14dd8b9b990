"""What is known about a recording's bytes: before decoding (`Probe`) and after it (`Decoded`)."""

from dataclasses import dataclass

SAMPLE_RATE = 16_000
"""Samples a second of everything that is decoded: the rate that Whisper hears."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What a media file says about itself.

    `duration` is in seconds, None where the file does not say (live recordings). `seekable` is
    False where a player could not find a second in it without reading all of it.
    """

    duration: float | None
    container: str
    codec: str
    tracks: int
    channels: int
    sample_rate: int
    has_video: bool
    video_codec: str | None
    media_type: str
    seekable: bool


@dataclass(frozen=True)
class Notice:
    """Something that was lost or is doubtful, said in a sentence.

    `start` and `end` are seconds in the recording, None where all of it is meant.
    """

    kind: str
    message: str
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """A recording as raw 16 kHz mono samples, and what was lost on the way.

    `retimed` is True where the samples' times are not the file's own any more (repaired, joined
    or closed-up files), so that a player of the original would run on another clock.
    `one_voice_each` says that it has two channels, each with one person's microphone.
    """

    samples: int
    retimed: bool
    notices: tuple[Notice, ...]
    one_voice_each: bool = False

    @property
    def duration(self) -> float:
        """Seconds of sound."""
        return self.samples / SAMPLE_RATE


def clock(seconds: float) -> str:
    """*seconds* as people write a time: 0:07, 12:34, 1:02:03."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
