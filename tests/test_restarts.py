"""Killed and stopped servers and workers, in the middle of listening, with the real Whisper."""

import os
import signal
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from library import worker_place
from library.access import Viewer
from library.capture import intake
from library.holdings import heard_blocks, sources
from library.holdings.sessions import Description
from library.models import HeardBlock, Passage, Role, Source, State, TranscriptVersion
from library.settings import Settings
from library.store import Library, open_library
from tests.serving import serving, start
from tests.speaking import as_wav

pytestmark = pytest.mark.usefixtures("prepared")
OPERATOR = Viewer(role=Role.ADMIN)
CLIP = Path(__file__).parent / "data" / "handover.ogg"

ONLY_EARS = {"LIVING_HISTORY_SPEAKERS": "no"}


def add_clip(library: Library) -> int:
    """The self-made clip, waiting for the worker; gives the source's id."""
    kept = intake.keep(library, CLIP.name, [CLIP.read_bytes()])
    added = intake.take_in(library, OPERATOR, Description(title="The kiln room"), [kept])
    return added.source_ids[0]


def add_two_blocks(library: Library, folder: Path) -> int:
    """A recording that is heard in two blocks, of which the second takes longer."""
    with wave.open(str(as_wav(CLIP, folder)), "rb") as clip:
        second, said = clip.getframerate(), clip.readframes(clip.getnframes())
    path = folder / "two blocks.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, second, 0, "NONE", ""))
        out.writeframes(said[: 2 * 10 * second])
        out.writeframes(bytes(2 * 350 * second))  # nobody speaks, which is heard at once
        out.writeframes(said)
    kept = intake.keep(library, path.name, [path.read_bytes()])
    added = intake.take_in(library, OPERATOR, Description(title="Two blocks"), [kept])
    return added.source_ids[0]


def until_heard(library: Library, source_id: int) -> None:
    """Come back when the first block is kept and the second is listened to."""
    for _ in range(6000):
        with library.reading() as db:
            source, heard = sources.get(db, source_id), heard_blocks.of(db, source_id)
        if heard:
            assert (len(heard), source.state) == (1, State.WORKING)
            return
        assert source.state is not State.FAILED, source.error
        time.sleep(0.05)
    raise AssertionError("nothing is heard")


def rewrite_heard(library: Library, source_id: int, text: str) -> None:
    """Let the kept block say something that Whisper would not hear."""
    with library.transaction() as db:
        kept = db.get_one(HeardBlock, (source_id, 0))
        first = kept.content["segments"][0]
        words = [{**word, "text": f" {text}"} for word in first["words"]]
        kept.content = {**kept.content, "segments": [{**first, "text": text, "words": words}]}


def row(library: Library, source_id: int) -> Source:
    """The source as it stands."""
    with library.reading() as db:
        return sources.get(db, source_id)


def until(library: Library, source_id: int, *, activity: str = "", state: State) -> Source:
    """The source as soon as it has come this far."""
    for _ in range(9000):
        source = row(library, source_id)
        if source.state is state and (not activity or source.activity == activity):
            return source
        assert source.state is not State.FAILED, source.error
        time.sleep(0.1)
    raise AssertionError(f"the source stays {source.state} at {source.activity}")


def worker_of(source: Source) -> int:
    """The process that holds a source."""
    return int((source.worker or "").rpartition(":")[2])


def is_alive(process: int) -> Iterator[bool]:
    """Whether a process is there, asked again and again."""
    while True:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            yield False
        else:
            yield True


def test_killed_workers_and_servers_lose_nothing_and_double_nothing(settings: Settings) -> None:
    """SIGKILL for the worker, then for the server, both while Whisper listens: it gets done."""
    library = open_library(settings)
    source_id = add_clip(library)

    with serving(settings.home) as first:
        listening = until(library, source_id, activity="Listening", state=State.WORKING)
        os.kill(worker_of(listening), signal.SIGKILL)
        for _ in range(3000):
            again = row(library, source_id)
            if again.worker not in {None, listening.worker} and again.activity == "Listening":
                break
            time.sleep(0.1)
        first.kill()
        orphan = is_alive(worker_of(again))
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
    assert not left_behind, "a killed server leaves no worker behind"
    assert code == 0, "Ctrl-C ends the server in good order"
    assert versions == 1
    assert ordinals == list(range(len(ordinals)))
    assert ordinals


def test_a_site_that_is_told_to_stop_goes_on_from_what_was_heard(
    settings: Settings, tmp_path: Path
) -> None:
    """SIGTERM while Whisper listens: it ends, frees the recording, and keeps the heard block."""
    library = open_library(settings)
    source_id = add_two_blocks(library, tmp_path)
    first = start(settings.home, **ONLY_EARS)
    until_heard(library, source_id)

    code = first.stop(signal.SIGTERM)

    stopped = row(library, source_id)
    assert code == 0
    assert worker_place.is_free(settings.home)
    assert (stopped.state, stopped.worker, stopped.heartbeat_at) == (State.WAITING, None, None)
    rewrite_heard(library, source_id, "zanzibar")
    with serving(settings.home, **ONLY_EARS):
        until(library, source_id, state=State.READY)
    with library.reading() as db:
        said = " ".join(db.scalars(select(Passage.text).order_by(Passage.ordinal)))
    library.close()
    assert "zanzibar" in said, "the block that was heard before is not heard anew"
    assert "kiln" in said
