"""One sound track on its way to raw samples: every sample lands at its true time."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from ingest.media import SAMPLE_RATE
from ingest.mixdown import Floats, Mixdown
from ingest.pcm import BLOCK, Samples

if TYPE_CHECKING:
    import av

JITTER = 0.04
"""Seconds by which a time stamp may be off (WebM rounds to milliseconds, clocks drift)."""
PAUSE = 0.5
"""Seconds that an encoder may leave out on purpose while nobody speaks (Opus DTX sends a packet
every 0.4 seconds) in a container that keeps times for each packet."""
LONGEST_GAP = 3600.0
"""A jump of more than this many seconds is a broken time stamp, not an absence of sound."""


class Sink(Protocol):
    """Takes 16-bit mono samples one after the other and counts them."""

    samples: int

    def write(self, samples: Samples) -> None:
        """Append *samples*."""
        ...


@dataclass
class Track:
    """Frames in, mono samples (*rate* a second) into *sink*; gaps become silence."""

    sink: Sink
    rate: int = SAMPLE_RATE
    may_pause: bool = False
    only: int | None = None  # the channel that is wanted; None: all of them, mixed
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
        """Samples written so far."""
        return self.sink.samples

    @property
    def end(self) -> float:
        """Seconds at which the next frame is expected."""
        return self._end

    def begin(self, origin: float | None) -> None:
        """Count the coming frames' times from *origin* (seconds); None: go on where we are."""
        self._origin = origin
        self.flush()

    def join(self) -> None:
        """Go on with another file's frames."""
        self.joins.append(self._end)
        self.retimed = True
        self.begin(None)

    def add(self, frame: "av.AudioFrame", *, after_loss: bool) -> None:
        """Write *frame* where its time stamp says, filling what is missing before it."""
        self._close_gap(frame.time, after_loss=after_loss)
        for channels in self._resampled(frame):
            self.sink.write(self.mixer.add(channels))
        self._end += frame.samples / frame.sample_rate

    def flush(self) -> None:
        """Write all that is still on its way."""
        if self._resampler is not None:
            for frame in self._resampler.resample(None):
                self.sink.write(self.mixer.add(_channels(frame)))
        self._resampler = None
        self.sink.write(self.mixer.flush())

    def _close_gap(self, time: float | None, *, after_loss: bool) -> None:
        """Bring the end of what is written to *time*, where that can be believed."""
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
            self._fill(gap, said=after_loss or gap > PAUSE or not self.may_pause)

    def _fill(self, gap: float, *, said: bool) -> None:
        """Silence for *gap* seconds."""
        self.flush()
        if said:
            self.lost.append((self._end, self._end + gap))
            self.retimed = True
        self._end += gap
        missing = round(self._end * self.rate) - self.samples
        while missing > 0:
            self.sink.write(np.zeros(min(missing, BLOCK), np.int16))
            missing -= BLOCK

    def _resampled(self, frame: "av.AudioFrame") -> list[Floats]:
        """*frame* at our rate as floats, channels x samples."""
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
        """*frame* without the values that are no numbers: one would spoil its neighbours."""
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
    """A resampled frame's samples, channels x samples."""
    return cast(Floats, frame.to_ndarray())
