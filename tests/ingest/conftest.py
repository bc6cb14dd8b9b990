"""Fixtures of the ingest tests: the real Whisper model, loaded once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ingest.asr.transcriber import WhisperTranscriber


@pytest.fixture(scope="session")
def whisper(prepared: Path) -> WhisperTranscriber:
    """Transcriber with the real weights."""
    from ingest.asr.transcriber import WhisperTranscriber
    from library.settings import Settings
    from library.weights import whisper_weights

    weights = whisper_weights(Settings(home=prepared.parent))
    return WhisperTranscriber(Path(weights.location), model=weights.name)
