"""Tests of redacted audio: silence in the redacted range, and unchanged times."""

import os
import shutil
import wave
from multiprocessing import get_context
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from ingest.lease import Lease
from ingest.media import pcm, redact_audio
from ingest.media.decode import decode
from ingest.media.redact_audio import MARGIN, write_without
from ingest.pipeline import Pipeline
from library.access import Viewer
from library.models import Originals, Role, Stage, State
from library.removal import originals, pending_trims, redaction, take_back
from library.removal.redaction import TimeRange
from library.sessions import jobs, sources
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import add_session, hash_of
from tests.fakes import BagOfWordsEmbedder
from tests.ingest.recordings import decoded, record, tone
from tests.ingest.test_crashes import FatalLibrary
from tests.paths import DATA
from tests.remains import left_in, remains_of

OPERATOR = Viewer(role=Role.ADMIN)
RATE = 16_000
REDACTED = (2.0, 3.0)  # seconds
TRANSACTIONS = 9  # more than redaction and indexing need
NOTHING = lambda _: None  # noqa: E731


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "m4a", "ogg", "webm", "mp4", "aiff"])
def test_the_range_is_silent_and_the_rest_is_unchanged(kind: str, tmp_path: Path) -> None:
    """The redacted range is silent in every format. Other sound and the length do not change."""
    original = record(tmp_path / f"talk.{kind}")
    before = decoded(original)[1].astype(np.float64)

    write_without(original, tmp_path / "trimmed.flac", [REDACTED], NOTHING)
    after = decoded(tmp_path / "trimmed.flac")[1].astype(np.float64)

    first, last = int((REDACTED[0] - MARGIN) * RATE), int((REDACTED[1] + MARGIN) * RATE)
    assert abs(len(after) - len(before)) <= RATE // 50
    assert np.abs(after[first + 80 : last - 80]).max() <= 1
    around = np.r_[RATE : first - 400, last + 400 : 7 * RATE]
    assert np.sqrt(np.square(after[around] - before[around]).mean()) < 300


def test_no_track_keeps_the_range(tmp_path: Path) -> None:
    """A redaction silences the range in all tracks of a file."""
    original = record(tmp_path / "two.mka", tone(pitch=300), tone(pitch=500))

    write_without(original, tmp_path / "trimmed.flac", [REDACTED], NOTHING)

    after = decoded(tmp_path / "trimmed.flac")[1]
    with av.open(str(tmp_path / "trimmed.flac")) as written:
        assert len(written.streams) == 1
    assert np.abs(after[2 * RATE : 3 * RATE]).max() == 0
    assert np.abs(after[4 * RATE : 5 * RATE]).max() > 1000


def test_metadata_of_the_original_is_removed(tmp_path: Path) -> None:
    """Metadata of the original, such as its title, is not in the redacted file."""
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

    write_without(original, folder / "trimmed.flac", [REDACTED], NOTHING)

    assert b"zanzibarflamingo" in original.read_bytes()
    assert remains_of(folder, "zanzibarflamingo") == []


def test_whisper_does_not_recognise_the_redacted_sentence(whisper, tmp_path: Path) -> None:
    """Whisper recognises the words around a redacted sentence, and no word of the sentence."""
    trimmed, samples = tmp_path / "trimmed.flac", tmp_path / "samples"
    write_without(DATA / "handover.ogg", trimmed, [(5.6, 9.4)], NOTHING)
    decode(trimmed, into=samples, progress=NOTHING)
    os.truncate(samples, 2 * 16 * RATE)

    blocks = list(whisper.transcribe(samples, language="en", progress=NOTHING))

    text = " ".join(segment.text for block in blocks for segment in block.segments).lower()
    assert "gas" not in text
    assert "instead of me" not in text
    assert "kiln room" in text
    assert "kindness" in text


def add_recording(library: Library, tmp_path: Path) -> tuple[int, str]:
    """Add a ready recording of 30 s with three segments. Return source id and hash of the file."""
    original = tmp_path / "talk.wav"
    with wave.open(str(original), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes((np.sin(np.arange(240_000) / 3) * 8000).astype("<i2").tobytes())
    lines = [("Ada", "First."), ("Ada", "The word is zanzibarflamingo."), ("Ben", "Third.")]
    built = add_session(library, lines=lines, content=original.read_bytes())
    return built.source_id, hash_of(original.read_bytes())


def samples_of(library: Library, sha256: str, tmp_path: Path) -> npt.NDArray[np.int16]:
    """Return the samples of a stored file."""
    copy = tmp_path / "copy.flac"
    shutil.copy(library.files.path(sha256), copy)
    return decoded(copy)[1]


def work(library: Library) -> None:
    """Process all waiting sources as a worker does."""
    pipeline = Pipeline(
        library,
        transcriber=lambda _: pytest.fail("a redaction transcribes nothing"),
        embedder=BagOfWordsEmbedder,
        worker=str(os.getpid()),
    )
    with library.reading() as db:
        waiting = jobs.unfinished(db)
    for source_id in waiting:
        pipeline.take_in(source_id)


def work_until_killed(settings: Settings, die_in: int) -> None:
    """Run a worker that is killed in transaction number *die_in*."""
    library = open_library(settings)
    library.__class__ = FatalLibrary
    FatalLibrary.die_in, FatalLibrary.after_commit = die_in, True
    FatalLibrary.begun = 0
    work(library)
    library.close()


@pytest.mark.parametrize("die_in", range(1, TRANSACTIONS))
def test_a_worker_killed_during_redaction_is_continued(
    settings: Settings, tmp_path: Path, die_in: int
) -> None:
    """If a worker is killed during a redaction, the next worker completes the redaction."""
    library = open_library(settings)
    source_id, old = add_recording(library, tmp_path)
    redaction.redact(library, OPERATOR, TimeRange(source_id, 10.0, 20.0))
    library.close()

    killed_worker = get_context("fork").Process(target=work_until_killed, args=(settings, die_in))
    killed_worker.start()
    killed_worker.join()
    library = open_library(settings)
    with library.transaction() as db:
        jobs.take_over(db)
    redact_audio.erasure.finish(library)
    work(library)

    with library.reading() as db:
        source = sources.get(db, source_id)
        assert (source.state, source.stage, source.media_type) == (
            State.READY,
            Stage.INDEXED,
            "audio/flac",
        )
        pending_trims.require_trimmed(db, source_id)
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
    """A setting decides whether a redaction destroys the original or encrypts it."""
    sealing = Settings(home=settings.home, originals=policy.value)
    library = open_library(sealing)
    source_id, old = add_recording(library, tmp_path)
    content = library.files.path(old).read_bytes()
    redaction.redact(library, OPERATOR, TimeRange(source_id, 10.0, 20.0))

    work(library)

    with library.reading() as db:
        sealed = originals.sealed(db, OPERATOR)
        opened = [
            b"".join(originals.open_sealed(library, OPERATOR, original.id, "asked by the court")[1])
            for original in sealed
        ]
        session_id = sources.get(db, source_id).session_id
    assert opened == ([content] if policy is Originals.SEAL else [])
    assert left_in(library, content[-2000:], "zanzibarflamingo") == []

    take_back.take_back(library, OPERATOR, session_id)

    assert [p for p in (settings.home / "files").rglob("*") if p.is_file()] == []
    library.close()


def test_a_second_range_during_redaction_is_redacted(settings: Settings, tmp_path: Path) -> None:
    """A second range that is redacted while the first is processed becomes silent too."""
    library = open_library(settings)
    source_id, _ = add_recording(library, tmp_path)
    redaction.redact(library, OPERATOR, TimeRange(source_id, 10.0, 20.0))
    with library.transaction() as db:
        source = jobs.claim(db, source_id, "worker")
    redaction.redact(library, OPERATOR, TimeRange(source_id, 21.0, 22.0))
    lease = Lease(library, source_id, "worker")

    with pytest.raises(redact_audio.StoppedError):
        redact_audio.apply(library, source, lease)
    work(library)

    with library.reading() as db:
        pending_trims.require_trimmed(db, source_id)
        sound = samples_of(library, sources.get(db, source_id).sha256, tmp_path)
    assert np.abs(sound[10 * RATE : 30 * RATE]).max() == 0
    library.close()


def test_samples_outside_of_redacted_ranges_are_unchanged(tmp_path: Path) -> None:
    """Sound outside of the redacted ranges does not change."""
    written: list[np.ndarray] = []

    class Sink:
        samples = 0

        def write(self, samples: pcm.Samples) -> None:
            written.append(samples)

    silencing = redact_audio.SilenceFilter(Sink(), RATE, [(1.0, 1.5)])
    for _ in range(10):
        silencing.write(np.ones(RATE // 3, np.int16))

    sound = np.concatenate(written)
    first, last = round((1.0 - MARGIN) * RATE), round((1.5 + MARGIN) * RATE)
    assert sound[:first].all()
    assert sound[last:].all()
    assert not sound[first:last].any()
