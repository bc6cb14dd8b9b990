"""A stereo file with one person's microphone on each channel, from the file to the transcript."""

import json
import re
import wave
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from ingest.decode import decode
from ingest.media import SAMPLE_RATE
from ingest.worker import Worker
from library.access import Viewer
from library.capture import intake
from library.editing import transcripts
from library.holdings.sessions import Description
from library.models import Role
from library.store import Library

pytestmark = pytest.mark.usefixtures("prepared")
DATA = Path(__file__).parents[1] / "data"
SECONDS = 20
CROSSTALK = 0.03
"""How much of each voice the other's microphone hears (-30 dB)."""


def plain(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def said() -> list[dict]:
    """Who says what in the first twenty seconds."""
    turns = json.loads((DATA / "handover.json").read_text("utf-8"))["turns"]
    return [turn for turn in turns if turn["end"] < SECONDS]


def as_stereo(into: Path) -> Path:
    """The conversation with Ruth on the left channel and Sam on the right, as a WAV file."""
    samples, path = into / "samples", into / "talk.wav"
    decode(DATA / "handover.ogg", into=samples, progress=lambda _: None)
    sound = np.fromfile(samples, "<i2")[: SECONDS * SAMPLE_RATE].astype(np.float32)
    at = np.arange(len(sound)) / SAMPLE_RATE
    gains = np.full((2, len(sound)), CROSSTALK, np.float32)
    for turn in said():
        channel = int(turn["speaker"] != said()[0]["speaker"])
        gains[channel, (at > turn["start"] - 0.25) & (at < turn["end"] + 0.25)] = 1
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes((gains * sound).T.astype("<i2").tobytes())
    return path


def test_each_channel_is_a_speaker_with_their_own_words(library: Library, tmp_path: Path) -> None:
    """Both voices are heard, in turn, each as one speaker, and what leaks over is not repeated."""
    path = as_stereo(tmp_path)
    kept = intake.keep(library, path.name, [path.read_bytes()])
    described = Description(title="Two microphones", language="en")
    added = intake.take_in(library, Viewer(role=Role.ADMIN), described, [kept])

    Worker(library).run_until_idle()

    with library.reading() as db:
        version = transcripts.current_version(db, added.source_ids[0])
        segments = transcripts.segments_of(db, version.id)
    heard = [
        (speaker, [word for one in group for word in plain(one.text)])
        for speaker, group in groupby(segments, key=lambda one: one.speaker)
    ]
    assert [speaker for speaker, _ in heard] == ["Speaker 1", "Speaker 2"] * 2
    for turn, (_, words) in zip(said(), heard, strict=True):
        true = plain(turn["text"])
        assert sum(word in words for word in true) >= 0.8 * len(true)
        assert len(words) <= 1.2 * len(true)
