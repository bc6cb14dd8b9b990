"""Many channels to one, losing no voice: the choice is made anew for every half second.

A plain mean is silent where two channels are the same wave upside down, and halves the level where
one channel is dead. Both are found by comparing the energies of the channels, their sum and
their difference in each window.
"""

import numpy as np
import numpy.typing as npt

from ingest.media import SAMPLE_RATE

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[np.int16]

DEAD = 1e-4
"""A channel with less than this share of the loudest one's energy (-40 dB) carries nothing."""
UPSIDE_DOWN = 4.0
"""Channels whose difference has this many times their sum's energy (6 dB) cancel each other."""
AUDIBLE = 1e-9
"""Mean square below which (-90 dB) a window is silence and says nothing about its channels."""
LOUD = 1e-5
"""Mean square (-50 dB) from which a window holds somebody's voice rather than a room."""
ELSEWHERE = 16.0
"""A channel with this many times the other's energy (12 dB) has the voice to itself."""
MOSTLY = 0.8
"""Share of the loud windows in which just one channel speaks, when each is one person's."""
EACH = 0.05
"""Share of them that each of the two must have."""


class Mixdown:
    """Channels (shape: channels x samples, -1..1) in, 16-bit mono out, in constant memory.

    With *only*, that channel alone comes out, silent where the voice is on the other one.
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
        """How many channels carried nothing from beginning to end."""
        if self._energy.size < 2 or self._energy.max() <= 0:
            return 0
        return int((self._energy < DEAD * self._energy.max()).sum())

    @property
    def one_voice_each(self) -> bool:
        """Whether there are two channels of which each is one person's microphone."""
        least, alone = EACH * self._loud, sum(self._alone)
        return self._loud > 0 and alone >= MOSTLY * self._loud and min(self._alone) > least

    def add(self, channels: Floats) -> Samples:
        """Take *channels* and give what is ready."""
        ready = []
        if self._waiting and len(self._waiting[0]) != len(channels):
            ready.append(self.flush())
        self._waiting.append(channels)
        self._held += channels.shape[1]
        if self._held >= self._window:
            block = np.concatenate(self._waiting, axis=1)
            whole = block.shape[1] - block.shape[1] % self._window
            ready += [
                self._mix(block[:, i : i + self._window]) for i in range(0, whole, self._window)
            ]
            self._waiting = [block[:, whole:].copy()]
            self._held = block.shape[1] - whole
        return np.concatenate(ready) if ready else np.zeros(0, np.int16)

    def flush(self) -> Samples:
        """Give what is left."""
        block = np.concatenate(self._waiting, axis=1) if self._waiting else None
        self._waiting, self._held = [], 0
        return np.zeros(0, np.int16) if block is None or not block.size else self._mix(block)

    def _mix(self, block: Floats) -> Samples:
        """One window: weigh, fade over from the window before, keep within range."""
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
        """How much of each channel goes into this window."""
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
            kept = self._weights
            even = np.full(count, 1 / count, np.float32)
            return kept if kept is not None and len(kept) == count else even
        live = energy >= DEAD * energy.max()
        weights: Floats = (live / live.sum()).astype(np.float32)
        if count == 2 and live.all() and self._cancels(block):
            self.flipped_seconds += block.shape[1] / self._rate
            weights[1] = -weights[1]
        return weights

    def _remember(self, energy: npt.NDArray[np.float64], samples: int) -> None:
        """Add this window to what is known of the whole."""
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
        """Whether the two channels are (nearly) the same wave upside down."""
        together = np.square(block[0] + block[1], dtype=np.float64).mean()
        apart = np.square(block[0] - block[1], dtype=np.float64).mean()
        return bool(apart > UPSIDE_DOWN * together)
