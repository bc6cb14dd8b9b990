"""Log mel filter bank energies of audio, as in Kaldi (Povey 2011, `compute-fbank-feats`)."""

import numpy as np
import numpy.typing as npt

RATE = 16_000
FRAME = 400
STEP = 160
"""`FRAME`: samples in a frame (25 ms). `STEP`: samples between two frame starts (10 ms)."""
SPECTRUM = 512
BANDS = 80
LOWEST = 20.0
EMPHASIS = 0.97
LEAST = float(np.finfo(np.float32).eps)

Floats = npt.NDArray[np.float32]


def filterbank(sound: Floats) -> Floats:
    """Return log mel energies `(frames, 80) float32` of 16 kHz samples `(n,) float32`.

    Only whole frames are used, as with snip_edges in Kaldi.
    """
    if len(sound) < FRAME:
        return np.zeros((0, BANDS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::STEP]
    level = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([level[:, :1], level[:, :-1]], axis=1)
    shaped = (level - np.float32(EMPHASIS) * before) * _WINDOW
    spectrum = np.fft.rfft(shaped, SPECTRUM)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    return np.asarray(np.log(np.maximum(power @ _MELS, LEAST)), np.float32)


def _window() -> Floats:
    """Return the Povey window: a Hann window to the power of 0.85, `(FRAME,) float32`."""
    return np.asarray(np.hanning(FRAME) ** 0.85, dtype=np.float32)


def _mel(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(hertz / 700.0))


def _filters() -> Floats:
    """Return triangular filters of equal width on the mel scale, `(257, 80) float32`.

    The last spectrum bin is unused.
    """
    lowest, highest = _mel(np.array([LOWEST, RATE / 2])).tolist()
    edges = np.linspace(lowest, highest, BANDS + 2)
    bins = _mel(np.arange(SPECTRUM // 2) * RATE / SPECTRUM)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    inside = np.clip(np.minimum(rising, falling), 0, None)
    return np.concatenate([inside, np.zeros((1, BANDS))]).astype(np.float32)


_WINDOW = _window()
_MELS = _filters()
