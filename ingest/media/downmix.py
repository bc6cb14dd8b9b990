"""Downmix of channels to mono without losing a speaker, weighted for every half second.

A plain mean is silent where two channels have opposite polarity. It halves the level where one
channel is silent. Both cases are detected in each window by the energies of the channels, of their
sum and of their difference.
"""

import numpy as np
import numpy.typing as npt

from ingest.media.media_info import SAMPLE_RATE

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[np.int16]

DEAD = 1e-4
"""Share of the loudest channel's energy (-40 dB) below which a channel counts as silent."""
OPPOSITE = 4.0
"""Energy of the difference over that of the sum (6 dB) above which two channels cancel."""
AUDIBLE = 1e-9
"""Mean square (-90 dB) below which a window is silent and its channels are not compared."""
LOUD = 1e-5
"""Mean square (-50 dB) from which on a window counts as speech, not as background noise."""
ELSEWHERE = 16.0
"""Ratio of two channels' energies (12 dB) above which the speech is on one channel only."""
MOSTLY = 0.8
"""Least share of loud windows with speech on one channel only, if each has its own speaker."""
EACH = 0.05
"""Least share of loud windows with speech on this channel only, for each of the two."""


class Mixdown:
    """Streaming downmix of (channels, n) float32 in -1..1 to mono (n,) int16.

    Memory use is constant. *only* is the number of the one channel to write; None mixes all
    channels. The output is silent while the other channel is much louder than channel *only*.
    """

    def __init__(self, rate: int = SAMPLE_RATE, *, only: int | None = None) -> None:
        self._rate = rate
        self._only = only
        self._alone = [0.0, 0.0]
        self._loud = 0.0
        self._window = rate // 2
        self._fade = rate // 100
        self._waiting: list[Floats] = []
        self._held = 0
        self._weights: Floats | None = None
        self._energy: npt.NDArray[np.float64] = np.zeros(0)
        self.flipped_seconds = 0.0
        self.heard_seconds = 0.0
        self.too_loud_seconds = 0.0

    @property
    def dead_channels(self) -> int:
        """Number of channels that were silent in the whole recording."""
        if self._energy.size < 2 or self._energy.max() <= 0:
            return 0
        return int((self._energy < DEAD * self._energy.max()).sum())

    @property
    def one_speaker_each(self) -> bool:
        """True if there are two channels, each with the microphone of one speaker."""
        least, alone = EACH * self._loud, sum(self._alone)
        return self._loud > 0 and alone >= MOSTLY * self._loud and min(self._alone) > least

    def add(self, channels: Floats) -> Samples:
        """Add *channels*, (channels, n) float32. Return the finished mono samples, (m,) int16."""
        ready = []
        if self._waiting and len(self._waiting[0]) != len(channels):
            ready.append(self.flush())
        self._waiting.append(channels)
        self._held += channels.shape[1]
        if self._held >= self._window:
            block = np.concatenate(self._waiting, axis=1)
            complete = block.shape[1] - block.shape[1] % self._window
            ready += [
                self._mix(block[:, i : i + self._window]) for i in range(0, complete, self._window)
            ]
            self._waiting = [block[:, complete:].copy()]
            self._held = block.shape[1] - complete
        return np.concatenate(ready) if ready else np.zeros(0, np.int16)

    def flush(self) -> Samples:
        """Return the remaining mono samples, shape (m,) int16."""
        block = np.concatenate(self._waiting, axis=1) if self._waiting else None
        self._waiting, self._held = [], 0
        return np.zeros(0, np.int16) if block is None or not block.size else self._mix(block)

    def _mix(self, block: Floats) -> Samples:
        """Mix one window: weight channels, cross-fade from the previous window, and limit."""
        weights = self._weigh(block)
        before = self._weights if self._weights is not None else weights
        self._weights = weights
        mono = weights @ block
        if len(before) == len(weights) and not np.array_equal(before, weights):
            fade = np.linspace(0, 1, min(self._fade, block.shape[1]), dtype=np.float32)
            head = block[:, : len(fade)]
            mono[: len(fade)] = (before @ head) * (1 - fade) + (weights @ head) * fade
        peak = float(np.abs(mono).max())
        if peak > 1:
            self.too_loud_seconds += block.shape[1] / self._rate if peak > 2 else 0
            mono = mono / peak
        samples: Samples = np.rint(mono * 32767).astype(np.int16)
        return samples

    def _weigh(self, block: Floats) -> Floats:
        """Return channel weights, (channels,) float32, for *block*, (channels, n) float32."""
        count = len(block)
        if count == 1:
            return np.ones(1, np.float32)
        energy = np.square(block, dtype=np.float64).mean(axis=1)
        self._remember(energy, block.shape[1])
        if count == 2 and self._only is not None:
            chosen = np.zeros(2, np.float32)
            chosen[self._only] = energy[self._only] * ELSEWHERE >= energy[1 - self._only]
            return chosen
        if energy.max() < AUDIBLE:
            previous = self._weights
            even = np.full(count, 1 / count, np.float32)
            return previous if previous is not None and len(previous) == count else even
        live = energy >= DEAD * energy.max()
        weights: Floats = (live / live.sum()).astype(np.float32)
        if count == 2 and live.all() and self._cancels(block):
            self.flipped_seconds += block.shape[1] / self._rate
            weights[1] = -weights[1]
        return weights

    def _remember(self, energy: npt.NDArray[np.float64], samples: int) -> None:
        """Add the channel energies of one window to the statistics of the recording."""
        if self._energy.size != energy.size:
            self._energy = np.zeros(energy.size)
        self._energy += energy * samples
        if energy.size == 2 and energy.max() >= LOUD:
            self._loud += samples / self._rate
            if energy.max() > ELSEWHERE * energy.min():
                self._alone[int(energy.argmax())] += samples / self._rate
        if energy.max() >= AUDIBLE:
            self.heard_seconds += samples / self._rate

    @staticmethod
    def _cancels(block: Floats) -> bool:
        """Return whether the two channels are nearly in opposite phase and cancel in a sum."""
        together = np.square(block[0] + block[1], dtype=np.float64).mean()
        apart = np.square(block[0] - block[1], dtype=np.float64).mean()
        return bool(apart > OPPOSITE * together)
