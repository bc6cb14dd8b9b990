"""Properties of a recording: of its file (`Probe`) and of its decoded sound (`Decoded`)."""

from dataclasses import dataclass

SAMPLE_RATE = 16_000
"""Samples per second of all decoded sound, as Whisper requires."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Metadata of a media file.

    `duration` is in seconds, None if the file does not contain it (live recordings). `seekable` is
    False if a player must read the whole file to find a position.
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
    """Notice about lost or doubtful content, as a sentence.

    `start` and `end` are seconds in the recording, None if the notice is about all of it.
    """

    kind: str
    message: str
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """Result of decoding to 16 kHz mono: the number of samples, and notices about losses.

    `retimed` is True if the times of the samples differ from those of the file (for example in
    repaired or joined files). A player of the original then shows other times. `one_speaker_each`
    is True if there are two channels, each with the microphone of one speaker.
    """

    samples: int
    retimed: bool
    notices: tuple[Notice, ...]
    one_speaker_each: bool = False

    @property
    def duration(self) -> float:
        """Duration of the sound in seconds."""
        return self.samples / SAMPLE_RATE


def clock(seconds: float) -> str:
    """Format *seconds* as a time: 0:07, 12:34, 1:02:03."""
    total = max(0, round(seconds))
    hours, minutes, rest = total // 3600, total // 60 % 60, total % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
