"""Tests of cutting a recording into windows of ten seconds, each with its own speakers."""

import numpy as np
import pytest

from ingest.diarization.segmentation import FRAMES, STEP, WINDOW, segment_windows


class TwoSpeakers:
    """Models that find one speaker in the first half of a window, and another in the second."""

    def classes(self, window):
        """Return class probabilities, shape (frames, 7): first one speaker, then another."""
        assert window.shape == (WINDOW,)
        found = np.zeros((FRAMES, 7), np.float32)
        found[: FRAMES // 2, 1] = 1
        found[FRAMES // 2 :, 2] = 1
        return found

    def vector(self, features):
        """Return one constant unit embedding, shape (192,), for all speakers."""
        return np.ones(192, np.float32) / np.sqrt(np.float32(192))


class Silence(TwoSpeakers):
    """Models that find no speech."""

    def classes(self, window):
        """Return probabilities of silence, shape (frames, 7)."""
        found = super().classes(window) * 0
        found[:, 0] = 1
        return found


def sound(seconds):
    """Return random noise of *seconds* seconds."""
    return np.random.default_rng(1).integers(-900, 900, seconds * 16000).astype(np.int16)


def test_windows_overlap_by_half_and_have_their_speakers():
    """Twenty seconds are cut into three windows that overlap by half.

    The number of threads does not change the windows.
    """
    reports = []

    single = segment_windows(sound(20), TwoSpeakers(), reports.append)
    parallel = segment_windows(sound(20), TwoSpeakers(), reports.append, at_once=2)

    assert [w.first for w in single] == [round(n * STEP / 270) for n in range(3)]
    assert [[round(s.alone, 1) for s in w.speakers] for w in single[:1]] == [[5.0, 5.0]]
    assert [w.first for w in parallel] == [w.first for w in single]
    assert reports[2] == reports[-1] == pytest.approx(1.0)


def test_silence_has_no_local_speakers():
    """Silence has no speakers and no speech."""
    (window,) = segment_windows(sound(2), Silence(), lambda _: None)

    assert window.speakers == ()
    assert window.speech.max() == 0
