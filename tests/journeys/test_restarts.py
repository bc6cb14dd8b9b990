"""Tests of servers and workers that are killed or stopped while real Whisper transcribes."""

import os
import signal
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from library import worker_lock
from library.access import Viewer
from library.capture import intake
from library.models import Passage, Role, Source, State, TranscriptionCheckpoint, TranscriptVersion
from library.sessions import asr_checkpoints, sources
from library.sessions.description import Description
from library.settings import Settings
from library.store import Library, open_library
from tests.microphone import as_wav
from tests.paths import DATA
from tests.served import serving, start

pytestmark = pytest.mark.usefixtures("prepared")
OPERATOR = Viewer(role=Role.ADMIN)
CLIP = DATA / "handover.ogg"
SECONDS = 25  # of the recording, long enough to be interrupted

WITHOUT_SPEAKERS = {"LIVING_HISTORY_SPEAKERS": "no"}


def add_clip(library: Library, folder: Path) -> int:
    """Add a recording that waits for the worker. Return the id of its source."""
    path = as_wav(CLIP, folder, seconds=SECONDS)
    stored = intake.keep(library, path.name, [path.read_bytes()])
    added = intake.create_session(library, OPERATOR, Description(title="The kiln room"), [stored])
    return added.source_ids[0]


def add_two_blocks(library: Library, folder: Path) -> int:
    """Add a recording of two blocks, the second of which takes longer. Return its source's id."""
    with wave.open(str(as_wav(CLIP, folder, seconds=SECONDS)), "rb") as clip:
        rate, samples = clip.getframerate(), clip.readframes(clip.getnframes())
    path = folder / "two blocks.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes(samples[: 2 * 10 * rate])
        out.writeframes(bytes(2 * 350 * rate))  # silence is not transcribed
        out.writeframes(samples)
    stored = intake.keep(library, path.name, [path.read_bytes()])
    added = intake.create_session(library, OPERATOR, Description(title="Two blocks"), [stored])
    return added.source_ids[0]


def until_first_block(library: Library, source_id: int) -> None:
    """Wait until one block is stored while the source is still being processed."""
    for _ in range(6000):
        with library.reading() as db:
            source, blocks = sources.get(db, source_id), asr_checkpoints.for_source(db, source_id)
        if blocks:
            assert (len(blocks), source.state) == (1, State.WORKING)
            return
        assert source.state is not State.FAILED, source.error
        time.sleep(0.05)
    raise AssertionError("no block was transcribed in time")


def rewrite_stored_block(library: Library, source_id: int, text: str) -> None:
    """Replace the words of the stored block. Transcribing the block again would undo this."""
    with library.transaction() as db:
        stored = db.get_one(TranscriptionCheckpoint, (source_id, 0))
        first = stored.content["segments"][0]
        words = [{**word, "text": f" {text}"} for word in first["words"]]
        stored.content = {**stored.content, "segments": [{**first, "text": text, "words": words}]}


def row(library: Library, source_id: int) -> Source:
    """Return the current row of a source."""
    with library.reading() as db:
        return sources.get(db, source_id)


def until(library: Library, source_id: int, *, activity: str = "", state: State) -> Source:
    """Wait until the source has this state and activity, and return its row."""
    for _ in range(9000):
        source = row(library, source_id)
        if source.state is state and (not activity or source.activity == activity):
            return source
        assert source.state is not State.FAILED, source.error
        time.sleep(0.1)
    raise AssertionError(f"the source stays {source.state} at {source.activity}")


def worker_of(source: Source) -> int:
    """Return the process id of the source's worker."""
    return int((source.worker or "").rpartition(":")[2])


def is_alive(process: int) -> Iterator[bool]:
    """Yield at each step whether a process exists."""
    while True:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            yield False
        else:
            yield True


def test_killed_workers_and_servers_lose_and_duplicate_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    """A recording is transcribed completely and only once although worker and server are killed."""
    library = open_library(settings)
    source_id = add_clip(library, tmp_path)

    with serving(settings.home) as first:
        listening = until(library, source_id, activity="Listening", state=State.WORKING)
        os.kill(worker_of(listening), signal.SIGKILL)
        for _ in range(3000):
            restarted = row(library, source_id)
            if (
                restarted.worker not in {None, listening.worker}
                and restarted.activity == "Listening"
            ):
                break
            time.sleep(0.1)
        first.kill()
        orphan = is_alive(worker_of(restarted))
        for _ in range(1200):
            if not next(orphan):
                break
            time.sleep(0.1)
        left_behind = next(orphan)
    second = start(settings.home)
    try:
        until(library, source_id, state=State.READY)
    finally:
        code = second.stop()

    with library.reading() as db:
        versions = db.scalar(select(func.count(TranscriptVersion.id)))
        ordinals = list(db.scalars(select(Passage.ordinal).order_by(Passage.ordinal)))
    library.close()
    assert not left_behind, "the worker of a killed server ends, too"
    assert code == 0, "Ctrl-C ends the server with exit code 0"
    assert versions == 1
    assert ordinals == list(range(len(ordinals)))
    assert ordinals


def test_a_stopped_site_continues_after_the_stored_block(
    settings: Settings, tmp_path: Path
) -> None:
    """After SIGTERM and a restart, transcription continues after the last stored block."""
    library = open_library(settings)
    source_id = add_two_blocks(library, tmp_path)
    first = start(settings.home, **WITHOUT_SPEAKERS)
    until_first_block(library, source_id)

    code = first.stop(signal.SIGTERM)

    stopped = row(library, source_id)
    assert code == 0
    assert worker_lock.is_free(settings.home)
    assert (stopped.state, stopped.worker, stopped.heartbeat_at) == (State.WAITING, None, None)
    rewrite_stored_block(library, source_id, "zanzibar")
    with serving(settings.home, **WITHOUT_SPEAKERS):
        until(library, source_id, state=State.READY)
    with library.reading() as db:
        words = " ".join(db.scalars(select(Passage.text).order_by(Passage.ordinal)))
    library.close()
    assert "zanzibar" in words, "the stored block is not transcribed again"
    assert "kiln" in words
