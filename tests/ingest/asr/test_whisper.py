"""Tests of the Whisper decoder and its spectrogram against faster-whisper."""

import inspect

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.transcribe import WhisperModel

from ingest.asr.whisper import AT_ONCE, log_mel

HOP, N = 160, 400


@pytest.mark.parametrize(
    "frames", [1, 7, 700, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE + 555]
)
def test_a_spectrogram_in_pieces_equals_the_whole(frames: int) -> None:
    """A spectrogram computed in pieces equals one computed at once, up to 0.00001.

    The values are not equal bit by bit: processors add products in different orders.
    """
    chance = np.random.default_rng(frames)
    loudness = np.repeat(chance.choice([0.0, 0.001, 0.1, 0.5], frames + 3), HOP)
    sound = (loudness * chance.standard_normal(len(loudness))).astype(np.float32)
    whole = FeatureExtractor()

    found = log_mel(sound, whole.mel_filters, whole.stft, hop=HOP, n=N)

    assert found.dtype == np.float32
    np.testing.assert_allclose(found, whole(sound, padding=0), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        (FeatureExtractor.__call__, ["self", "waveform", "padding", "chunk_length"]),
        (WhisperModel.encode, ["self", "features"]),
        (
            WhisperModel.get_prompt,
            ["self", "tokenizer", "previous_tokens", "without_timestamps", "prefix", "hotwords"],
        ),
        (
            WhisperModel.add_word_timestamps,
            [
                "self",
                "segments",
                "tokenizer",
                "encoder_output",
                "num_frames",
                "prepend_punctuations",
                "append_punctuations",
                "last_speech_timestamp",
            ],
        ),
        (
            WhisperModel.generate_with_fallback,
            ["self", "encoder_output", "prompt", "tokenizer", "options"],
        ),
    ],
)
def test_overridden_methods_have_the_expected_parameters(method, parameters: list[str]) -> None:
    """The overridden methods of faster-whisper have the expected parameters."""
    assert list(inspect.signature(method).parameters) == parameters
