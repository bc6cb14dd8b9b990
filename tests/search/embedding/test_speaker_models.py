"""Tests of the exported speaker models.

Covers: speaker_export.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from library.settings import Settings
from search.embedding.speaker_export import WINDOW
from search.embedding.speaker_models import ACTIVE, open_speaker_models, unit


def test_windows_and_features_have_the_documented_shapes(real_settings: Settings) -> None:
    """The class probabilities of a window have shape (589, 7). Each row adds up to one.

    A speaker embedding has shape (192,) and norm one.
    """
    models = open_speaker_models(real_settings)
    assert models is not None, "requirements-weights.lock installs the weights"
    noise = np.random.default_rng(1).normal(size=WINDOW).astype(np.float32) * 0.01

    classes = models.classes(noise)
    vector = models.vector(np.random.default_rng(2).normal(size=(200, 80)).astype(np.float32))

    assert classes.shape == (589, len(ACTIVE))
    assert classes.sum(axis=1) == pytest.approx(1, abs=1e-3)
    assert vector.shape == (192,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_speaker_models_can_be_disabled(tmp_path: Path) -> None:
    """Disabled speaker models are not exported."""
    assert open_speaker_models(replace(Settings(home=tmp_path), speakers=False)) is None
    assert list(tmp_path.iterdir()) == []


def test_the_zero_vector_has_no_direction() -> None:
    """Normalising the zero vector returns zeros, not NaN."""
    assert unit(np.zeros(3)).tolist() == [0, 0, 0]
    assert unit(np.array([3.0, 4.0])).tolist() == pytest.approx([0.6, 0.8])
