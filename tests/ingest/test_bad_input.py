"""Tests of unusable and damaged files: a clear error message, and no lost data.

Each case runs the whole pipeline. The owner of the session reads the message.
"""

import random
import struct
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from ingest.pipeline import Pipeline
from library.access import Viewer
from library.capture import intake
from library.files import pieces_of
from library.models import Role, Source, State
from library.sessions import sources
from library.sessions.description import Description
from library.settings import Settings
from library.store import Library, open_library
from tests.fakes import BagOfWordsEmbedder
from tests.ingest.test_crashes import ScriptedTranscriber

OPERATOR = Viewer(role=Role.ADMIN)
SECONDS = 20
RATE = 16_000
THREE_HOURS = 3 * 3600


def tone(path: Path, *, codec: str | None = None, seconds: float = SECONDS) -> bytes:
    """Return a recording of a tone in the container of its file name."""
    wave_form = np.sin(np.arange(int(seconds * RATE)) / RATE * 2 * np.pi * 220) * 9000
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec or path.suffix[1:], rate=RATE)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(
            wave_form.astype(np.int16)[np.newaxis], format="s16", layout="mono"
        )
        frame.rate = RATE
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path.read_bytes()


def film_without_sound(path: Path) -> bytes:
    """Return a video of two seconds without sound."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(20):
            grey = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8), format="rgb24")
            container.mux(stream.encode(grey))
        container.mux(stream.encode(None))
    return path.read_bytes()


def damaged(content: bytes) -> bytes:
    """Return the content with one fortieth, in the middle, overwritten by random bytes."""
    noise, middle, length = random.Random(7), len(content) // 2, len(content) // 40
    return content[:middle] + noise.randbytes(length) + content[middle + length :]


@dataclass(frozen=True)
class Case:
    """File with the expected state of the source and a part of the expected message."""

    name: str
    make: Callable[[Path], bytes]
    state: State
    says: str  # part of the error or of a notice
    keeps: float = 0.0  # share of the sound that stays usable


CASES = {
    "a few words named .mp3": Case(
        "minutes.mp3",
        lambda _: b"We met on Tuesday. ",
        State.FAILED,
        "this file is a text, not a recording",
    ),
    "a header alone": Case(
        "talk.wav",
        lambda path: tone(path, codec="pcm_s16le")[:44],
        State.FAILED,
        "its beginning is damaged or missing",
    ),
    "random bytes": Case(
        "talk.ogg", lambda _: random.Random(3).randbytes(50_000), State.FAILED, "no recording"
    ),
    "a film without sound": Case("film.mp4", film_without_sound, State.FAILED, "no sound"),
    "a truncated mp3": Case(
        "talk.mp3",
        lambda path: tone(path)[: len(tone(path)) * 3 // 4],
        State.READY,
        "was cut off",
        0.74,
    ),
    "a damaged mp3": Case(
        "talk.mp3", lambda path: damaged(tone(path)), State.READY, "could not be read", 0.95
    ),
    "a damaged flac": Case(
        "talk.flac", lambda path: damaged(tone(path)), State.READY, "could not be read", 0.95
    ),
    "an empty transcript": Case("talk.vtt", lambda _: b"WEBVTT\n\n", State.FAILED, "no cue"),
    "a transcript that is none": Case(
        "talk.srt", lambda _: b"only words", State.FAILED, "as a transcript"
    ),
    "a note of spaces": Case("note.md", lambda _: b"  \n\n ", State.FAILED, "empty"),
    "a note that is none": Case(
        "note.txt", lambda _: b"\x9f\x05\x00" + bytes(500), State.FAILED, "not text"
    ),
}


def add_file(library: Library, name: str, content: bytes) -> int:
    """Add the file as a waiting source, and return the source's id."""
    stored = intake.keep(library, name, [content])
    return intake.create_session(library, OPERATOR, Description(title=name), [stored]).source_ids[0]


def process(library: Library, source_id: int, diary: Path) -> Source:
    """Process a source as the worker does, and return it. The transcriber logs to *diary*."""
    Pipeline(
        library,
        transcriber=lambda _: ScriptedTranscriber(diary),
        embedder=BagOfWordsEmbedder,
        worker="test",
    ).take_in(source_id)
    with library.reading() as db:
        return sources.get(db, source_id)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_bad_input_gets_a_sentence_and_loses_nothing(
    library: Library, tmp_path: Path, case: Case
) -> None:
    """A damaged file loses no usable sound, and a message says what is wrong."""
    content = case.make(tmp_path / case.name)

    source = process(library, add_file(library, case.name, content), tmp_path / "diary")

    messages = " ".join([source.error, *(notice["message"] for notice in source.notices)])
    assert source.state is case.state, messages
    assert case.says in messages.lower()
    assert (source.duration or 0.0) >= case.keeps * SECONDS
    assert library.files.path(source.sha256).read_bytes() == content


def test_a_recording_longer_than_the_limit_is_refused_before_it_is_decoded(
    tmp_path: Path, settings: Settings
) -> None:
    """A recording over the time limit fails with advice to cut it."""
    library = open_library(Settings(home=settings.home, max_hours=0.001))

    source = process(
        library, add_file(library, "talk.mp3", tone(tmp_path / "talk.mp3")), tmp_path / "diary"
    )
    library.close()

    assert source.state is State.FAILED
    assert "Cut it into parts" in source.error


def three_hours_of_silence(path: Path) -> None:
    """Write a sparse WAV file of three hours."""
    rate = 8000
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(b"\0\0")
    size = THREE_HOURS * rate * 2
    with path.open("r+b") as raw:
        raw.truncate(44 + size)
        raw.seek(4)
        raw.write(struct.pack("<I", 36 + size))
        raw.seek(40)
        raw.write(struct.pack("<I", size))


def test_three_hours_are_processed(library: Library, tmp_path: Path) -> None:
    """A recording of three hours becomes ready with its whole duration."""
    three_hours_of_silence(tmp_path / "long.wav")
    with (tmp_path / "long.wav").open("rb") as file:
        stored = intake.keep(library, "long.wav", pieces_of(file))
    added = intake.create_session(library, OPERATOR, Description(title="A long silence"), [stored])

    source = process(library, added.source_ids[0], tmp_path / "diary")

    assert source.state is State.READY, source.error
    assert source.duration == pytest.approx(THREE_HOURS, abs=0.1)
