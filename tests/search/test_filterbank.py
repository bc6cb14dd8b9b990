"""Kaldi's filter energies."""

import numpy as np
import pytest

from search.filterbank import filterbank

KALDI = [-6.559335, -3.329351, -1.066547, 1.231741, 3.162278]
"""Bands 0, 16, 32, 48 and 64 of the first frame, by kaldi-native-fbank 1.23 without dither."""


def test_energies_are_kaldis():
    """The first frame of a known noise has the values that Kaldi gives it."""
    noise = (np.random.RandomState(0).randn(16_000) * 0.1).astype(np.float32)

    found = filterbank(noise)

    assert found.shape == (98, 80)
    assert found[0, ::16].tolist() == pytest.approx(KALDI, abs=0.01)


def test_less_than_a_frame_has_no_energies():
    """What is shorter than 25 ms gives no frame, and no error."""
    assert filterbank(np.zeros(399, np.float32)).shape == (0, 80)
