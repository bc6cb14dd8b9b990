"""Tests of Kaldi's filter bank energies."""

import numpy as np
import pytest

from search.embedding.filterbank import filterbank

KALDI = [-6.559335, -3.329351, -1.066547, 1.231741, 3.162278]
"""Bands 0, 16, 32, 48 and 64 of the first frame, by kaldi-native-fbank 1.23 without dither."""


def test_energies_equal_those_of_kaldi():
    """The first frame of known noise has the energies that Kaldi computes."""
    noise = (np.random.RandomState(0).randn(16_000) * 0.1).astype(np.float32)

    found = filterbank(noise)

    assert found.shape == (98, 80)
    assert found[0, ::16].tolist() == pytest.approx(KALDI, abs=0.01)


def test_less_than_a_frame_has_no_energies():
    """Audio shorter than one frame (25 ms) gives no energies."""
    assert filterbank(np.zeros(399, np.float32)).shape == (0, 80)
