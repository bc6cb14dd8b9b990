"""Tests of choosing a Whisper model for a recording."""

import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.media.decode import decode
from ingest.media.media_info import SAMPLE_RATE
from ingest.worker import Worker
from library.access import Viewer
from library.capture import intake
from library.models import Role, State
from library.sessions import sources
from library.sessions.description import Description
from library.settings import Settings
from library.store import Library
from library.transcripts import retranscription, versions
from library.weights import whisper_weights
from tests.paths import DATA

pytestmark = pytest.mark.usefixtures("prepared")
SOUND = DATA / "handover.ogg"
SECONDS = 4
EVERYTHING = Viewer(role=Role.ADMIN)


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a second Whisper model, which has the same weights in another folder."""
    twin = tmp_path / "twin"
    twin.symlink_to(whisper_weights(settings).location)
    return replace(settings, whisper_models=str(twin), speakers=False)


def beginning(into: Path) -> bytes:
    """Return the first seconds of a conversation as a WAV file."""
    decode(SOUND, into=into / "samples", progress=lambda _: None)
    with wave.open(str(into / "talk.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(np.fromfile(into / "samples", "<i2")[: SECONDS * SAMPLE_RATE].tobytes())
    return (into / "talk.wav").read_bytes()


def test_the_chosen_model_transcribes_and_is_named(library: Library, tmp_path: Path) -> None:
    """The transcript version names the chosen model.

    If the chosen model is not offered any more, the source fails with an error message.
    """
    stored = intake.keep(library, "talk.wav", [beginning(tmp_path)])
    described = Description(title="Short", language="en")
    (source_id,) = intake.create_session(library, EVERYTHING, described, [stored]).source_ids
    worker, results = Worker(library), []

    for model in ("", "twin", "gone"):
        if model:
            with library.transaction() as db:
                retranscription.request(db, EVERYTHING, source_id, language="en", model=model)
        worker.run_until_idle()
        with library.reading() as db:
            version = versions.current_version(db, source_id)
            source = sources.get(db, source_id)
            texts = [segment.text for segment in versions.segments_of(db, version.id)]
            results.append((version.model, source.state, texts))

    assert [model for model, _, _ in results] == ["whisper/base", "whisper/twin", "whisper/twin"]
    assert [state for _, state, _ in results] == [State.READY, State.READY, State.FAILED]
    assert results[0][2]
    assert results[0][2] == results[1][2]
    assert "“gone” is not offered here any more" in source.error
