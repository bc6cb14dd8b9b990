"""Where somebody speaks, from the probabilities of a voice-activity detector.

Two thresholds with a memory, as the authors of Silero VAD use theirs: a voice begins above the
upper one and ends when the probability has stayed below the lower one for a while.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.media import SAMPLE_RATE

FRAME = 512
"""Samples for each probability (32 ms at 16 kHz)."""
BEGINS = 0.5
ENDS = 0.35
LEAST_VOICE = 0.25
"""Seconds under which a voice is a click, as the authors of Silero VAD have it."""
LEAST_SILENCE = 10.0
"""Seconds of silence that are left out. What the detector calls silence for a shorter while is
often a quiet speaker, whom Whisper hears; and Whisper invents little between two who speak."""
MARGIN = 1.0
"""Seconds kept on both sides of a voice: the detector is late at a quiet beginning."""

TALK_BEGINS = 0.35
TALK_ENDS = 0.25
TALK_PAUSE = 0.3
TALK_LEAST = 0.1
TALK_MARGIN = 0.06
"""The same for telling who speaks when, as measured to miss and invent the least."""

MEMORY = 16.0
"""Seconds after which the detector starts afresh: its memory of one voice or microphone makes it
deaf for the next, for as long as a minute."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Voice:
    """The probability of a voice in each frame of a block."""

    probabilities: Floats
    samples: int

    @property
    def seconds(self) -> float:
        """Seconds of voice in all."""
        return self.within(0, self.samples / SAMPLE_RATE)

    def within(self, start: float, end: float) -> float:
        """Seconds of voice between *start* and *end*, seconds in the block."""
        first = max(0, int(start * SAMPLE_RATE // FRAME))
        last = max(first, int(np.ceil(end * SAMPLE_RATE / FRAME)))
        return float((self.probabilities[first:last] >= BEGINS).sum()) * FRAME / SAMPLE_RATE

    def stretches(self) -> list[dict[str, int]]:
        """Stretches to listen to, as {"start", "end"} in samples, in order, not overlapping."""
        margin = int(MARGIN * SAMPLE_RATE)
        found: list[dict[str, int]] = []
        for start, end in self._voiced():
            first = max(0, start - margin)
            last = min(self.samples, end + margin)
            if found and first <= found[-1]["end"]:
                found[-1]["end"] = last
            else:
                found.append({"start": first, "end": last})
        return found

    def talk(self) -> list[tuple[float, float]]:
        """From when to when (seconds) somebody speaks, for telling speakers apart.

        Keener than `stretches`: short pauses part, and quiet voices count.
        """
        voiced = self._voiced(TALK_BEGINS, TALK_ENDS, TALK_PAUSE, TALK_LEAST, TALK_PAUSE)
        return [
            (
                max(0.0, start / SAMPLE_RATE - TALK_MARGIN),
                min(self.samples, end + TALK_MARGIN * SAMPLE_RATE) / SAMPLE_RATE,
            )
            for start, end in voiced
        ]

    def _voiced(
        self,
        begins: float = BEGINS,
        ends: float = ENDS,
        silence: float = LEAST_SILENCE,
        shortest: float = LEAST_VOICE,
        held: float = 0.0,
    ) -> Sequence[tuple[int, int]]:
        """Voices in samples, apart by *silence* seconds; *ends* counts for *held* after a pause."""
        patience, kept = int(silence * SAMPLE_RATE), int(held * SAMPLE_RATE)
        voices: list[tuple[int, int]] = []
        start = last = -1
        for index, probability in enumerate(self.probabilities.tolist()):
            at = index * FRAME
            if start >= 0 and at - last >= patience:
                voices.append((start, last))
                start = -1
            if probability >= begins or (start >= 0 and probability >= ends and at - last <= kept):
                start = at if start < 0 else start
                last = at + FRAME
        if start >= 0:
            voices.append((start, last))
        return [(start, end) for start, end in voices if end - start >= shortest * SAMPLE_RATE]


def detected(sound: Floats, detector: Callable[[Floats], Floats]) -> Voice:
    """The voices in *sound*; *detector* gives a probability for each of its frames.

    Every frame is judged with two memories, begun half a memory apart; the surer one counts.
    """
    frames = np.pad(sound, (0, -len(sound) % FRAME)).reshape(-1, FRAME)
    memory = int(MEMORY * SAMPLE_RATE / FRAME)
    found = np.zeros(len(frames), np.float32)
    for start in range(0, max(1, len(frames) - memory // 2), memory // 2):
        part = slice(start, start + memory)
        found[part] = np.maximum(found[part], detector(frames[part].ravel()))
    return Voice(found, len(sound))
