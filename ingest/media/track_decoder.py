"""Conversion of one audio track to mono samples, each at the position of its time stamp."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from ingest.media.downmix import Floats, Mixdown
from ingest.media.media_info import SAMPLE_RATE
from ingest.media.pcm import BLOCK, Samples

if TYPE_CHECKING:
    import av

JITTER = 0.04
"""Tolerance of time stamps in seconds (WebM rounds to milliseconds, clocks drift)."""
PAUSE = 0.5
"""Longest gap in seconds that an encoder leaves on purpose during silence.

Opus with discontinuous transmission (DTX) sends a packet every 0.4 seconds. Only containers with
a time stamp for each packet have such gaps.
"""
LONGEST_GAP = 3600.0
"""Longest gap in seconds that counts as missing sound. A longer gap is a wrong time stamp."""


class Sink(Protocol):
    """Receiver of 16-bit mono samples. The attribute `samples` is their number so far."""

    samples: int

    def write(self, samples: Samples) -> None:
        """Append *samples*, shape (n,) int16."""
        ...


@dataclass
class Track:
    """Converter of decoded frames to mono samples. Gaps become silence.

    Attributes:
        sink: Receiver of the samples.
        rate: Samples per second of the output.
        may_pause: True if gaps of up to `PAUSE` seconds can be intended silence.
        only: Channel to write; None: all channels, mixed.
        lost: Ranges (start, end in seconds) of lost sound, filled with silence.
        joins: Times in seconds at which another recording begins.
        retimed: True if times in the output differ from those of the file.
        cleaned: True if samples that are not finite were replaced.
    """

    sink: Sink
    rate: int = SAMPLE_RATE
    may_pause: bool = False
    only: int | None = None
    lost: list[tuple[float, float]] = field(default_factory=list)
    joins: list[float] = field(default_factory=list)
    retimed: bool = False
    cleaned: bool = False

    def __post_init__(self) -> None:
        self.mixer = Mixdown(self.rate, only=self.only)
        self._origin: float | None = 0.0
        self._end = 0.0
        self._resampler: av.AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None

    @property
    def samples(self) -> int:
        """Number of samples written so far."""
        return self.sink.samples

    @property
    def end(self) -> float:
        """Time in seconds at which the next frame is expected."""
        return self._end

    def begin(self, origin: float | None) -> None:
        """Set the time in the file, in seconds, that becomes 0 in the output.

        If *origin* is None, the next frame follows the last frame without a gap.
        """
        self._origin = origin
        self.flush()

    def join(self) -> None:
        """Start the next of several concatenated files."""
        self.joins.append(self._end)
        self.retimed = True
        self.begin(None)

    def add(self, frame: "av.AudioFrame", *, after_loss: bool) -> None:
        """Write *frame* at its time stamp, after silence for a gap before it.

        Args:
            frame: Decoded frame.
            after_loss: True if a packet before the frame was damaged.
        """
        self._close_gap(frame.time, after_loss=after_loss)
        for channels in self._resampled(frame):
            self.sink.write(self.mixer.add(channels))
        self._end += frame.samples / frame.sample_rate

    def flush(self) -> None:
        """Write the samples that the resampler and the mixer still buffer."""
        if self._resampler is not None:
            for frame in self._resampler.resample(None):
                self.sink.write(self.mixer.add(_channels(frame)))
        self._resampler = None
        self.sink.write(self.mixer.flush())

    def _close_gap(self, time: float | None, *, after_loss: bool) -> None:
        """Fill the gap before *time* (seconds), or shift the origin if *time* is implausible."""
        if time is None:
            return
        if self._origin is None:
            self._origin = time - self._end
        gap = time - self._origin - self._end
        if gap > LONGEST_GAP or gap < -JITTER:
            self._origin = time - self._end
            self.retimed = True
            if gap < -1:
                self.joins.append(self._end)
        elif gap > (0 if after_loss else JITTER):
            self._fill(gap, lost=after_loss or gap > PAUSE or not self.may_pause)

    def _fill(self, gap: float, *, lost: bool) -> None:
        """Write silence for *gap* seconds. Record it as lost if *lost* is True."""
        self.flush()
        if lost:
            self.lost.append((self._end, self._end + gap))
            self.retimed = True
        self._end += gap
        missing = round(self._end * self.rate) - self.samples
        while missing > 0:
            self.sink.write(np.zeros(min(missing, BLOCK), np.int16))
            missing -= BLOCK

    def _resampled(self, frame: "av.AudioFrame") -> list[Floats]:
        """Return *frame* at the rate of the track, as arrays of shape (channels, n) float32."""
        import av

        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._shape or self._resampler is None:
            self.flush()
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
            self._resampler = av.AudioResampler("fltp", layout, self.rate)
            self._shape = shape
        if frame.format.name.startswith(("flt", "dbl")):
            frame = self._clean(frame)
        return [_channels(one) for one in self._resampler.resample(frame)]

    def _clean(self, frame: "av.AudioFrame") -> "av.AudioFrame":
        """Return *frame* with non-finite values replaced: the resampler would spread them."""
        import av

        values = cast(Floats, frame.to_ndarray())
        if np.isfinite(values).all():
            return frame
        self.cleaned = True
        finite = np.nan_to_num(values, posinf=1.0, neginf=-1.0)
        clean = av.AudioFrame.from_ndarray(
            finite, format=frame.format.name, layout=frame.layout.name
        )
        clean.sample_rate, clean.pts, clean.time_base = (
            frame.sample_rate,
            frame.pts,
            frame.time_base,
        )
        return clean


def _channels(frame: "av.AudioFrame") -> Floats:
    """Return the samples of a resampled frame, shape (channels, n) float32."""
    return cast(Floats, frame.to_ndarray())
