"""Voice activity detection: speech intervals from frame probabilities.

The thresholds have a hysteresis, as in Silero VAD. Speech begins above the upper threshold. It ends
when the probability has stayed below the lower threshold for a given time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.media.media_info import SAMPLE_RATE

FRAME = 512
"""Samples for each probability (32 ms at 16 kHz)."""
BEGINS = 0.5
ENDS = 0.35
LEAST_VOICE = 0.25
"""Speech shorter than this (seconds) counts as a click and is dropped, as in Silero VAD."""
LEAST_SILENCE = 10.0
"""Minimum silence in seconds that is not transcribed. Shorter silence is often a quiet speaker
whom the detector misses and Whisper recognises. In short pauses Whisper invents little text."""
MARGIN = 1.0
"""Seconds added on both sides of speech, because the detector is late at a quiet beginning."""

TALK_BEGINS = 0.35
TALK_ENDS = 0.25
TALK_PAUSE = 0.3
TALK_LEAST = 0.1
TALK_MARGIN = 0.06
"""The `TALK_` values serve diarization. In measurements they gave the fewest errors."""

MEMORY = 16.0
"""Seconds after which the state of the detector is reset. Without a reset, it can miss a new
speaker or microphone for up to a minute."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SpeechActivity:
    """Probability of speech in each frame of a block, shape (frames,) float32."""

    probabilities: Floats
    samples: int

    @property
    def seconds(self) -> float:
        """Seconds of speech in the block."""
        return self.within(0, self.samples / SAMPLE_RATE)

    def within(self, start: float, end: float) -> float:
        """Return the seconds of speech between *start* and *end*, both in seconds of the block."""
        first = max(0, int(start * SAMPLE_RATE // FRAME))
        last = max(first, int(np.ceil(end * SAMPLE_RATE / FRAME)))
        return float((self.probabilities[first:last] >= BEGINS).sum()) * FRAME / SAMPLE_RATE

    def samples_of_speech(self) -> list[dict[str, int]]:
        """Return intervals to transcribe: {"start", "end"} in samples, ordered, without overlap."""
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

    def regions(self) -> list[tuple[float, float]]:
        """Return the (start, end) of speech in seconds of the block, for diarization.

        Quiet speech counts, and short pauses end an interval. Transcription uses longer intervals.
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
        """Return (start, end) of speech in samples, separated by at least *silence* seconds.

        A frame is speech from the probability *begins* on. If speech ended at most *held* seconds
        before the frame, the lower probability *ends* is enough. Speech shorter than *shortest*
        seconds is dropped.
        """
        patience, hold = int(silence * SAMPLE_RATE), int(held * SAMPLE_RATE)
        intervals: list[tuple[int, int]] = []
        start = last = -1
        for index, probability in enumerate(self.probabilities.tolist()):
            at = index * FRAME
            if start >= 0 and at - last >= patience:
                intervals.append((start, last))
                start = -1
            if probability >= begins or (start >= 0 and probability >= ends and at - last <= hold):
                start = at if start < 0 else start
                last = at + FRAME
        if start >= 0:
            intervals.append((start, last))
        return [(start, end) for start, end in intervals if end - start >= shortest * SAMPLE_RATE]


def detect_speech(sound: Floats, detector: Callable[[Floats], Floats]) -> SpeechActivity:
    """Detect speech in *sound*, shape (samples,) float32 at 16 kHz.

    *detector* maps samples to one probability for each frame, shape (frames,) float32. It runs
    on windows of `MEMORY` seconds that overlap by half. Where two windows overlap, the higher
    probability counts.
    """
    frames = np.pad(sound, (0, -len(sound) % FRAME)).reshape(-1, FRAME)
    memory = int(MEMORY * SAMPLE_RATE / FRAME)
    found = np.zeros(len(frames), np.float32)
    for start in range(0, max(1, len(frames) - memory // 2), memory // 2):
        part = slice(start, start + memory)
        found[part] = np.maximum(found[part], detector(frames[part].ravel()))
    return SpeechActivity(found, len(sound))
