"""Whisper's spectrogram."""

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor

from ingest.spectrogram import log_mel


def test_it_is_the_one_that_whisper_was_trained_on():
    """A minute at a time gives the numbers of all at once, over a cut between two minutes."""
    sound = np.random.default_rng(1).normal(0, 0.1, 16_000 * 61 + 77).astype(np.float32)
    whole = FeatureExtractor()

    found = log_mel(sound, whole.mel_filters)

    np.testing.assert_allclose(found, whole(sound), atol=1e-5)
