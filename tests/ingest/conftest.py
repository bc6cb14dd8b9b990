"""The real ears, opened once for all tests that listen."""

from pathlib import Path

import pytest

from ingest.transcribe import WhisperTranscriber
from library.settings import Settings
from library.weights import whisper_weights


@pytest.fixture(scope="session")
def whisper(prepared: Path) -> WhisperTranscriber:
    """The product's transcriber with its real weights."""
    weights = whisper_weights(Settings(home=prepared.parent))
    return WhisperTranscriber(Path(weights.location), model=weights.name)
