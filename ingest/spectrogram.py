"""Log-mel spectrogram of a long block, computed piece by piece to need less memory."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

AT_ONCE = 3072
"""Frames per piece (half a minute). A shorter rest is computed with the piece before it.

On processors with AVX-512 the values are bit for bit those of the whole; others add up the
products in another order, and the last bits may differ."""
QUIETEST = 1e-10
RANGE = 8.0
"""Powers of ten below the loudest that Whisper hears."""


def log_mel(
    sound: Floats, filters: Floats, stft: Callable[..., Any], *, hop: int, n: int
) -> Floats:
    """Return the log energy of *sound* by mel band, shape (bands, frames), as Whisper expects it.

    *filters*: the energy of each band out of a spectrum's, shape (bands, n // 2 + 1). *stft*: the
    transform, with a window of *n* samples every *hop*. Sound is continued with its mirror image at
    both ends. Source: Radford et al. 2022, 2.2.
    """
    window = np.hanning(n + 1)[:-1].astype(np.float32)
    sound = np.pad(sound, n // 2, mode="reflect")
    frames = (len(sound) - n) // hop
    bands = np.empty((len(filters), frames), np.float32)
    firsts = range(0, max(1, frames - AT_ONCE + 1), AT_ONCE)
    for first, last in zip(firsts, [*firsts[1:], frames], strict=True):
        piece = sound[first * hop : (last - 1) * hop + n]
        waves = stft(piece, n, hop, window=window, center=False, return_complex=True)
        bands[:, first:last] = filters @ np.abs(waves.astype(np.complex64)) ** 2
    found = np.log10(np.clip(bands, QUIETEST, None))
    return np.asarray((np.maximum(found, found.max() - RANGE) + 4.0) / 4.0, np.float32)
