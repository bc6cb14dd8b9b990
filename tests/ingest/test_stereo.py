"""Tests of a stereo file with one microphone per channel, through the whole pipeline.

Covers: worker.
"""

import json
import re
import wave
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from ingest.media.decode import decode
from ingest.media.media_info import SAMPLE_RATE
from ingest.worker import Worker
from library.access import Viewer
from library.capture import intake
from library.models import Role
from library.sessions.description import Description
from library.store import Library
from library.transcripts import versions
from tests.paths import DATA

pytestmark = pytest.mark.usefixtures("prepared")
SECONDS = 20
CROSSTALK = 0.03
"""Level of each speaker in the other speaker's microphone (-30 dB)."""


def plain(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def true_turns() -> list[dict]:
    """Return the true turns of the first twenty seconds."""
    turns = json.loads((DATA / "handover.json").read_text("utf-8"))["turns"]
    return [turn for turn in turns if turn["end"] < SECONDS]


def as_stereo(into: Path) -> Path:
    """Write a conversation with one speaker per channel as a WAV file. Return its path."""
    samples, path = into / "samples", into / "talk.wav"
    decode(DATA / "handover.ogg", into=samples, progress=lambda _: None)
    sound = np.fromfile(samples, "<i2")[: SECONDS * SAMPLE_RATE].astype(np.float32)
    at = np.arange(len(sound)) / SAMPLE_RATE
    gains = np.full((2, len(sound)), CROSSTALK, np.float32)
    for turn in true_turns():
        channel = int(turn["speaker"] != true_turns()[0]["speaker"])
        gains[channel, (at > turn["start"] - 0.25) & (at < turn["end"] + 0.25)] = 1
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes((gains * sound).T.astype("<i2").tobytes())
    return path


def test_each_channel_is_a_speaker_with_their_own_words(library: Library, tmp_path: Path) -> None:
    """Each channel becomes one speaker. The turns alternate, and crosstalk adds no words."""
    path = as_stereo(tmp_path)
    stored = intake.keep(library, path.name, [path.read_bytes()])
    described = Description(title="Two microphones", language="en")
    added = intake.create_session(library, Viewer(role=Role.ADMIN), described, [stored])

    Worker(library).run_until_idle()

    with library.reading() as db:
        version = versions.current_version(db, added.source_ids[0])
        segments = versions.segments_of(db, version.id)
    recognised = [
        (speaker, [word for segment in group for word in plain(segment.text)])
        for speaker, group in groupby(segments, key=lambda segment: segment.speaker)
    ]
    assert [speaker for speaker, _ in recognised] == ["Speaker 1", "Speaker 2"] * 2
    for turn, (_, words) in zip(true_turns(), recognised, strict=True):
        true = plain(turn["text"])
        assert sum(word in words for word in true) >= 0.8 * len(true)
        assert len(words) <= 1.2 * len(true)
