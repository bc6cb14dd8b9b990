"""Tests of killed workers: the next worker completes the work without loss or duplicates.

Covers: pipeline.
"""

import os
import signal
import wave
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from ingest.asr.result import AsrBlock, AsrSegment, Word
from ingest.pipeline import Pipeline
from library.access import Viewer
from library.capture import intake
from library.models import (
    Embedding,
    Passage,
    Role,
    Segment,
    Source,
    Stage,
    State,
    TranscriptVersion,
)
from library.sessions import jobs, sources
from library.sessions.description import Description
from library.settings import Settings
from library.store import Library, Transaction, open_library
from tests.fakes import BagOfWordsEmbedder

OPERATOR = Viewer(role=Role.ADMIN)
SPOKEN = ("Hand over the keys early.", "They rang me on Monday.", "I was terrified.")
TRANSACTIONS = 16  # more than the pipeline needs for this recording


class ScriptedTranscriber:
    """Transcriber with one block per sentence, which logs each block to a file."""

    model = "scripted"

    def __init__(self, diary: Path) -> None:
        self._diary = diary

    def transcribe(
        self,
        pcm: Path,
        *,
        language: str | None,
        hints: str = "",
        progress: Callable[[float], None],
        start_block: int = 0,
    ) -> Iterator[AsrBlock]:
        """Yield one block for each sentence, from *start_block* on."""
        for number, text in enumerate(SPOKEN):
            if number < start_block:
                continue
            with self._diary.open("a") as diary:
                diary.write(f"block {number}\n")
            start, words = float(number), text.split()
            spoken = AsrSegment(
                text=text,
                start=start,
                end=start + 1,
                words=tuple(
                    Word(f" {word}", start + i / 10, start + (i + 1) / 10, 0.9)
                    for i, word in enumerate(words)
                ),
                suspect=None,
                no_speech_probability=0.0,
                log_probability=-0.1,
            )
            yield AsrBlock(
                number=number,
                count=len(SPOKEN),
                start=start,
                end=start + 1,
                language="en",
                voiced=1.0,
                segments=(spoken,),
            )


class FatalLibrary(Library):
    """Library whose process is killed in transaction `die_in`, before or after the commit."""

    die_in: int
    after_commit: bool
    begun = 0

    @contextmanager
    def transaction(self, *, on_full_disk: bool = False) -> Iterator[Transaction]:
        """Open a transaction, and kill the process if its number is `die_in`."""
        FatalLibrary.begun += 1
        transaction_number = FatalLibrary.begun
        with super().transaction(on_full_disk=on_full_disk) as db:
            yield db
            db.flush()
            if transaction_number == self.die_in and not self.after_commit:
                os.kill(os.getpid(), signal.SIGKILL)
        if transaction_number == self.die_in:
            os.kill(os.getpid(), signal.SIGKILL)


def work(library: Library, diary: Path) -> None:
    """Process all waiting sources as a worker does. The transcriber logs to *diary*."""
    pipeline = Pipeline(
        library,
        transcriber=lambda _: ScriptedTranscriber(diary),
        embedder=BagOfWordsEmbedder,
        worker=str(os.getpid()),
    )
    with library.reading() as db:
        waiting = jobs.unfinished(db)
    for source_id in waiting:
        pipeline.take_in(source_id)


def work_until_killed(settings: Settings, diary: Path, die_in: int, after_commit: bool) -> None:
    """Run a worker that is killed in transaction number *die_in*, before or after its commit.

    The transcriber logs to *diary*.
    """
    library = open_library(settings)
    library.__class__ = FatalLibrary
    FatalLibrary.die_in, FatalLibrary.after_commit = die_in, after_commit
    work(library, diary)
    library.close()


def add_recording(library: Library, path: Path) -> int:
    """Add a waiting WAV file of three seconds, and return the source's id."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        tone = np.sin(np.arange(48_000) / 16_000 * 2 * np.pi * 220) * 8000
        file.writeframes(tone.astype("<i2").tobytes())
    stored = intake.keep(library, path.name, [path.read_bytes()])
    added = intake.create_session(library, OPERATOR, Description(title="The keys"), [stored])
    return added.source_ids[0]


def everything_in(library: Library) -> dict[str, object]:
    """Return the content of a library, for comparison."""
    with library.reading() as db:
        source = db.scalars(select(Source)).one()
        return {
            "state": (source.state, source.stage, source.error),
            "duration": source.duration,
            "versions": [v.number for v in db.scalars(select(TranscriptVersion))],
            "segments": [s.text for s in db.scalars(select(Segment).order_by(Segment.ordinal))],
            "passages": [p.text for p in db.scalars(select(Passage).order_by(Passage.ordinal))],
            "vectors": len(db.scalars(select(Embedding)).all()),
        }


@pytest.mark.parametrize("after_commit", [False, True], ids=["before-commit", "after-commit"])
@pytest.mark.parametrize("die_in", range(1, TRANSACTIONS))
def test_a_worker_killed_at_any_step_is_continued_without_loss_or_duplicates(
    settings: Settings, tmp_path: Path, die_in: int, after_commit: bool
) -> None:
    """After a worker is killed at any step, the next worker completes the work.

    At most one block is transcribed again.
    """
    library, diary = open_library(settings), tmp_path / "diary"
    add_recording(library, tmp_path / "keys.wav")
    library.close()

    killed_worker = get_context("fork").Process(
        target=work_until_killed, args=(settings, diary, die_in, after_commit)
    )
    killed_worker.start()
    killed_worker.join()
    library = open_library(settings)
    with library.transaction() as db:
        jobs.take_over(db)
    work(library, diary)
    found = everything_in(library)
    library.close()

    logged = Counter(diary.read_text().split("\n"))
    assert found == {
        "state": (State.READY, Stage.INDEXED, ""),
        "duration": 3.0,
        "versions": [1],
        "segments": list(SPOKEN),
        "passages": [" ".join(SPOKEN)],
        "vectors": 1,
    }
    assert sum(logged[f"block {n}"] for n in range(3)) <= 4, (
        "more than the interrupted block was transcribed again"
    )
    assert killed_worker.exitcode in {0, -signal.SIGKILL}


def test_the_kills_above_reach_every_stage(settings: Settings, tmp_path: Path) -> None:
    """The pipeline has no more transactions than those in which the tests kill a worker."""
    library, diary = open_library(settings), tmp_path / "diary"
    add_recording(library, tmp_path / "keys.wav")
    library.close()

    last = get_context("fork").Process(
        target=work_until_killed, args=(settings, diary, TRANSACTIONS - 1, False)
    )
    last.start()
    last.join()

    assert last.exitcode == 0


def test_a_recording_that_kills_every_worker_is_given_up_with_a_sentence(
    settings: Settings, tmp_path: Path
) -> None:
    """A recording that crashes several workers fails. The message says: the original is safe."""
    library, diary = open_library(settings), tmp_path / "diary"
    source_id = add_recording(library, tmp_path / "keys.wav")

    for _ in range(jobs.MAX_CRASHES):
        killed_worker = get_context("fork").Process(
            target=work_until_killed, args=(settings, diary, 2, False)
        )
        killed_worker.start()
        killed_worker.join()
        with library.transaction() as db:
            jobs.take_over(db, crashed=True)
    work(library, diary)

    with library.reading() as db:
        source = sources.get(db, source_id)
        assert source.state is State.FAILED
        assert "The original is safe" in source.error
    library.close()
