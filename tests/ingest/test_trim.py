"""A recording that is written anew has silence where something is off the record, and its clock."""

import os
import shutil
import wave
from multiprocessing import get_context
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from ingest import pcm, trim
from ingest.decode import decode
from ingest.lease import Lease
from ingest.pipeline import Pipeline
from ingest.trim import MARGIN, write_without
from library.access import Viewer
from library.holdings import jobs, sources
from library.models import Originals, Role, Stage, State
from library.settings import Settings
from library.store import Library, open_library
from library.withdrawal import off_record, originals, taking_back, trimming
from library.withdrawal.off_record import Stretch
from tests.builders import add_session, hash_of
from tests.fakes import BagOfWordsEmbedder
from tests.ingest.recordings import decoded, record, tone
from tests.ingest.test_crashes import FatalLibrary
from tests.remains import left_in, remains_of

DATA = Path(__file__).parent.parent / "data"
OPERATOR = Viewer(role=Role.ADMIN)
RATE = 16_000
CUT = (2.0, 3.0)  # seconds
TRANSACTIONS = 9  # more than trimming and indexing take
NOTHING = lambda _: None  # noqa: E731


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "m4a", "ogg", "webm", "mp4", "aiff"])
def test_the_stretch_is_silent_and_the_rest_is_as_it_was(kind: str, tmp_path: Path) -> None:
    """Whatever the format: zero in the range, the same sound around it, the same length."""
    original = record(tmp_path / f"talk.{kind}")
    before = decoded(original)[1].astype(np.float64)

    write_without(original, tmp_path / "trimmed.flac", [CUT], NOTHING)
    after = decoded(tmp_path / "trimmed.flac")[1].astype(np.float64)

    first, last = int((CUT[0] - MARGIN) * RATE), int((CUT[1] + MARGIN) * RATE)
    assert abs(len(after) - len(before)) <= RATE // 50
    assert np.abs(after[first + 80 : last - 80]).max() <= 1
    around = np.r_[RATE : first - 400, last + 400 : 7 * RATE]
    assert np.sqrt(np.square(after[around] - before[around]).mean()) < 300


def test_no_track_keeps_it(tmp_path: Path) -> None:
    """Of a file with two microphones neither keeps the stretch."""
    original = record(tmp_path / "two.mka", tone(pitch=300), tone(pitch=500))

    write_without(original, tmp_path / "trimmed.flac", [CUT], NOTHING)

    after = decoded(tmp_path / "trimmed.flac")[1]
    with av.open(str(tmp_path / "trimmed.flac")) as written:
        assert len(written.streams) == 1
    assert np.abs(after[2 * RATE : 3 * RATE]).max() == 0
    assert np.abs(after[4 * RATE : 5 * RATE]).max() > 1000


def test_what_a_file_says_beside_its_sound_goes(tmp_path: Path) -> None:
    """Titles, comments and chapters of the original are not carried over."""
    original = tmp_path / "talk.mp3"
    record(tmp_path / "plain.mp3")
    with av.open(str(tmp_path / "plain.mp3")) as source, av.open(str(original), "w") as output:
        output.metadata["title"] = "zanzibarflamingo"
        stream = output.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
    folder = tmp_path / "new"
    folder.mkdir()

    write_without(original, folder / "trimmed.flac", [CUT], NOTHING)

    assert b"zanzibarflamingo" in original.read_bytes()
    assert remains_of(folder, "zanzibarflamingo") == []


def test_whisper_hears_the_sentence_no_more(whisper, tmp_path: Path) -> None:
    """What was put off the record in a real conversation is not heard again, its neighbours are."""
    trimmed, samples = tmp_path / "trimmed.flac", tmp_path / "samples"
    write_without(DATA / "handover.ogg", trimmed, [(5.6, 9.4)], NOTHING)
    decode(trimmed, into=samples, progress=NOTHING)

    blocks = list(whisper.transcribe(samples, language="en", progress=NOTHING))

    said = " ".join(segment.text for block in blocks for segment in block.segments).lower()
    assert "gas" not in said
    assert "instead of me" not in said
    assert "kiln room" in said
    assert "kindness" in said


def add_recording(library: Library, tmp_path: Path) -> tuple[int, str]:
    """Thirty seconds of tone with three lines, ready; gives the source and the file's hash."""
    original = tmp_path / "talk.wav"
    with wave.open(str(original), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes((np.sin(np.arange(240_000) / 3) * 8000).astype("<i2").tobytes())
    lines = [("Ada", "First."), ("Ada", "The word is zanzibarflamingo."), ("Ben", "Third.")]
    built = add_session(library, lines=lines, content=original.read_bytes())
    return built.source_id, hash_of(original.read_bytes())


def samples_of(library: Library, sha256: str, tmp_path: Path) -> npt.NDArray[np.int16]:
    """The sound of a kept file."""
    copy = tmp_path / "copy.flac"
    shutil.copy(library.files.path(sha256), copy)
    return decoded(copy)[1]


def work(library: Library) -> None:
    """What a worker does with everything that waits."""
    pipeline = Pipeline(
        library,
        transcriber=lambda _: pytest.fail("nothing is to be heard"),
        embedder=BagOfWordsEmbedder,
        worker=str(os.getpid()),
    )
    with library.reading() as db:
        waiting = jobs.unfinished(db)
    for source_id in waiting:
        pipeline.take_in(source_id)


def work_until_killed(settings: Settings, die_in: int) -> None:
    """A worker process that is killed in its n-th transaction."""
    library = open_library(settings)
    library.__class__ = FatalLibrary
    FatalLibrary.die_in, FatalLibrary.after_commit = die_in, True
    FatalLibrary.begun = 0
    work(library)
    library.close()


@pytest.mark.parametrize("die_in", range(1, TRANSACTIONS))
def test_a_worker_killed_while_trimming_is_continued(
    settings: Settings, tmp_path: Path, die_in: int
) -> None:
    """SIGKILL behind any commit: the next worker trims, indexes, and leaves no old file."""
    library = open_library(settings)
    source_id, old = add_recording(library, tmp_path)
    off_record.take_off(library, OPERATOR, Stretch(source_id, 10.0, 20.0))
    library.close()

    doomed = get_context("fork").Process(target=work_until_killed, args=(settings, die_in))
    doomed.start()
    doomed.join()
    library = open_library(settings)
    with library.transaction() as db:
        jobs.take_over(db)
    trim.erasure.finish(library)
    work(library)

    with library.reading() as db:
        source = sources.get(db, source_id)
        assert (source.state, source.stage, source.media_type) == (
            State.READY,
            Stage.INDEXED,
            "audio/flac",
        )
        trimming.require_trimmed(db, source_id)
        assert not library.files.has(old)
        sound = samples_of(library, source.sha256, tmp_path)
    assert np.abs(sound[10 * RATE : 20 * RATE]).max() == 0
    assert np.abs(sound[5 * RATE : 9 * RATE]).max() > 1000
    assert len([p for p in (settings.home / "files").rglob("*") if p.is_file()]) == 1
    library.close()


@pytest.mark.parametrize("policy", Originals)
def test_the_original_is_destroyed_or_sealed(
    settings: Settings, tmp_path: Path, policy: Originals
) -> None:
    """By the library's policy: gone, or encrypted and whole for an administrator."""
    sealing = Settings(home=settings.home, originals=policy.value)
    library = open_library(sealing)
    source_id, old = add_recording(library, tmp_path)
    whole = library.files.path(old).read_bytes()
    off_record.take_off(library, OPERATOR, Stretch(source_id, 10.0, 20.0))

    work(library)

    with library.reading() as db:
        kept = originals.sealed(db, OPERATOR)
        opened = [
            b"".join(originals.open_sealed(library, OPERATOR, one.id, "asked by the court")[1])
            for one in kept
        ]
        session_id = sources.get(db, source_id).session_id
    assert opened == ([whole] if policy is Originals.SEAL else [])
    assert left_in(library, whole[-2000:], "zanzibarflamingo") == []

    taking_back.take_back(library, OPERATOR, session_id)

    assert [p for p in (settings.home / "files").rglob("*") if p.is_file()] == []
    library.close()


def test_a_second_stretch_while_trimming_is_not_forgotten(
    settings: Settings, tmp_path: Path
) -> None:
    """Something put off the record while the worker trims: it starts again with both."""
    library = open_library(settings)
    source_id, _ = add_recording(library, tmp_path)
    off_record.take_off(library, OPERATOR, Stretch(source_id, 10.0, 20.0))
    with library.transaction() as db:
        source = jobs.claim(db, source_id, "worker")
    off_record.take_off(library, OPERATOR, Stretch(source_id, 21.0, 22.0))
    lease = Lease(library, source_id, "worker")

    with pytest.raises(trim.StoppedError):
        trim.trim(library, source, lease)
    work(library)

    with library.reading() as db:
        trimming.require_trimmed(db, source_id)
        sound = samples_of(library, sources.get(db, source_id).sha256, tmp_path)
    assert np.abs(sound[10 * RATE : 30 * RATE]).max() == 0
    library.close()


def test_the_outline_of_a_trimmed_sound_is_unchanged_around_it(tmp_path: Path) -> None:
    """Samples outside of the ranges are passed on as they are, whatever pieces they come in."""
    written: list[np.ndarray] = []

    class Sink:
        samples = 0

        def write(self, samples: pcm.Samples) -> None:
            written.append(samples)

    silencing = trim.Silencing(Sink(), RATE, [(1.0, 1.5)])
    for _ in range(10):
        silencing.write(np.ones(RATE // 3, np.int16))

    sound = np.concatenate(written)
    first, last = round((1.0 - MARGIN) * RATE), round((1.5 + MARGIN) * RATE)
    assert sound[:first].all()
    assert sound[last:].all()
    assert not sound[first:last].any()
