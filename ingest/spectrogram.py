"""Whisper's log mel spectrogram in bounded memory.

The same numbers as its authors' (Radford 2022, 2.2: 80 bands, windows of 25 ms every 10 ms),
worked out a minute at a time: all at once, six minutes take ten times the room of their result.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

WINDOW = 400
STEP = 160
AT_ONCE = 6000
"""Frames: a minute."""


def log_mel(sound: Floats, filters: Floats, padding: int = STEP) -> Floats:
    """Bands x frames of *sound* (16 kHz); *filters*: bands x 201; *padding*: samples of silence."""
    half = WINDOW // 2
    waves = np.zeros(len(sound) + padding + WINDOW, np.float32)
    inner = waves[half:-half]
    inner[: len(sound)] = sound
    waves[:half], waves[-half:] = inner[half:0:-1], inner[-2 : -half - 2 : -1]
    frames = np.lib.stride_tricks.sliding_window_view(waves, WINDOW)[::STEP][:-1]
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    found = np.empty((len(filters), len(frames)), np.float32)
    for start in range(0, len(frames), AT_ONCE):
        spectrum = np.fft.rfft(frames[start : start + AT_ONCE] * window)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        found[:, start : start + AT_ONCE] = filters @ power.T
    np.log10(np.clip(found, 1e-10, None, out=found), out=found)
    np.maximum(found, found.max() - 8.0, out=found)
    found += 4.0
    found /= 4.0
    return found
