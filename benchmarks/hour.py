"""Time and memory of the whole pipeline for one hour of speech.

`python -m benchmarks.hour AUDIO` joins clips with speech from the manifests below AUDIO into one
recording of an hour (`--minutes`). Clips with known word times are at the start and at the end. The
file is added to a new library as a user would add it, and a worker processes it with diarization.

It prints elapsed seconds in all and per stage, CPU seconds, and the worker's peak memory. It also
prints the number of speakers and the errors of word starts at both ends. Errors above 0.3 s are
listed one by one. Times are only valid on an idle machine.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import wave
from dataclasses import dataclass
from itertools import chain, cycle
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.transcribe import Clip, clips, true_words
from benchmarks.word_error import Scorer, percentile
from ingest.media.decode import decode
from library.access import Viewer
from library.capture import intake
from library.files import pieces_of
from library.models import Role, Visibility
from library.sessions import sources
from library.sessions.description import Description
from library.settings import read_settings
from library.store import Library, open_library
from library.transcripts import versions

RATE = 16_000
PAUSE = 1.0
"""Seconds of silence between two clips."""
LOOK_EVERY = 0.25  # seconds between two checks of the job's activity
NEAR = 0.3
"""Largest accepted error of a word start, in seconds."""
EVERYTHING = Viewer(role=Role.ADMIN)
TimedWord = tuple[str, float, float, float]
PREPARE = """
from library.settings import read_settings
from library.weights import whisper_weights
from search.embedding.embedder import open_embedder
from search.embedding.speaker_models import open_speaker_models
settings = read_settings()
whisper_weights(settings), open_embedder(settings), open_speaker_models(settings)
"""


def build(todo: list[Clip], into: Path, minutes: float) -> tuple[list[list[Any]], list[list[Any]]]:
    """Write a recording of *minutes* minutes, made from clips, to *into*.

    Returns:
        The true words [start, end, word] at the start of the recording, and those at its end, with
        times in seconds.
    """
    aligned = [clip for clip in todo if clip.get("words")]
    between = [c for c in todo if not c.get("words") and c["kind"] in {"speech", "conversation"}]
    between += [c for c in todo if c["kind"] == "synthetic-conversation" and c.get("reference")]
    available = minutes * 60 - sum(clip["duration"] + PAUSE for clip in aligned)
    first: list[list[Any]] = []
    last: list[list[Any]] = []
    with tempfile.TemporaryDirectory() as folder, wave.open(str(into), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        at = 0.0
        for clip in chain(aligned, cycle(between)):
            if at >= available:
                break
            if clip in aligned:
                first += _moved(clip, at)
            at += _append(out, clip, Path(folder) / "samples", available - at)
        for clip in aligned:
            last += _moved(clip, at)
            at += _append(out, clip, Path(folder) / "samples", clip["duration"])
    return first, last


def _moved(clip: Clip, by: float) -> list[list[Any]]:
    """Return the true words [start, end, word] of a clip that starts at *by* seconds."""
    return [[start + by, end + by, word] for start, end, word in true_words(clip) or []]


def _append(out: wave.Wave_write, clip: Clip, samples: Path, seconds: float) -> float:
    """Write at most *seconds* of a clip and then a pause. Return the seconds written.

    *samples* is a path for the decoded clip.
    """
    decode(clip["path"], into=samples, progress=lambda _: None)
    sound = np.fromfile(samples, "<i2")[: round(seconds * RATE)]
    sound = np.pad(sound, (0, round(PAUSE * RATE)))
    out.writeframes(sound.astype("<i2").tobytes())
    return len(sound) / RATE


@dataclass(frozen=True, kw_only=True)
class Pass:
    """Cost of one processed recording: times in seconds, peak memory in bytes."""

    source_id: int
    elapsed: float
    cpu: float
    peak: int
    stages: dict[str, float]


def take_in(library: Library, recording: Path) -> Pass:
    """Add the recording to the library and process it in a separate worker process."""
    with recording.open("rb") as file:
        stored = intake.keep(library, recording.name, pieces_of(file))
    described = Description(title="An hour", language="en", visibility=Visibility.PRIVATE)
    added = intake.create_session(library, EVERYTHING, described, [stored])
    began = time.monotonic()
    environment = {**os.environ, "LIVING_HISTORY_HOME": str(library.settings.home)}
    worker = subprocess.Popen([sys.executable, "-m", "ingest", "--until-idle"], env=environment)
    stages: dict[str, float] = {}
    looked = began
    while not (ended := os.wait4(worker.pid, os.WNOHANG))[0]:
        time.sleep(LOOK_EVERY)
        with library.reading() as db:
            doing = sources.get(db, added.source_ids[0]).activity or "else"
        stages[doing] = stages.get(doing, 0.0) + time.monotonic() - looked
        looked = time.monotonic()
    _, status, used = ended
    worker.returncode = os.waitstatus_to_exitcode(status)
    if worker.returncode:
        sys.exit("The worker ended with an error. Its output is above.")
    return Pass(
        source_id=added.source_ids[0],
        elapsed=time.monotonic() - began,
        cpu=used.ru_utime + used.ru_stime,
        peak=used.ru_maxrss * 1024,
        stages=stages,
    )


def run(arguments: argparse.Namespace) -> None:
    """Build the recording, process it, and print the results."""
    with tempfile.TemporaryDirectory() as folder:
        library = open_library(read_settings(home=Path(folder) / "library"))
        # Weights are joined and exported once per library, so this is not measured.
        subprocess.run(
            [sys.executable, "-c", PREPARE],
            check=True,
            env={**os.environ, "LIVING_HISTORY_HOME": str(library.settings.home)},
        )
        recording = Path(folder) / "hour.wav"
        first, last = build(clips(arguments.audio), recording, arguments.minutes)
        done = take_in(library, recording)
        with library.reading() as db:
            version = versions.current_version(db, done.source_id)
            drafts = versions.drafts_of(db, version.id) if version else []
    words = [w for d in drafts if not d.suspect for w in d.words]
    print(
        f"{arguments.minutes:.0f} minutes, {len(words)} words, "
        f"{len({d.speaker for d in drafts if d.speaker})} speakers: {done.elapsed:.1f} "
        f"seconds, {done.cpu:.1f} CPU seconds, peak memory {done.peak / 2**20:.0f} MiB"
    )
    print(", ".join(f"{stage}: {took:.0f} s" for stage, took in done.stages.items()))
    at_first, at_last = _errors(first, words), _errors(last, words)
    print(_times_line("first", at_first))
    print(_times_line("last", at_last))
    for number, error in at_last.items():
        if abs(error) > NEAR:
            before = f"{at_first[number]:+.2f} s" if number in at_first else "not recognised"
            print(
                f"  {last[number][2]!r}: {error:+.2f} s; the same word at the beginning: {before}"
            )


def _errors(words: list[list[Any]], transcript: list[TimedWord]) -> dict[int, float]:
    """Return the errors of recognised word starts in seconds, by index of the word in *words*."""
    begin, end = words[0][0] - PAUSE, words[-1][1] + PAUSE
    recognised = [{"word": w[0].strip(), "start": w[1]} for w in transcript if begin < w[1] < end]
    errors = Scorer().errors_of_starts(words, recognised)
    return {number: round(error, 3) for number, error in errors.items()}


def _times_line(which: str, errors: dict[int, float]) -> str:
    """Return a sentence about the errors of word starts, at the start or end of the recording."""
    away = [abs(error) for error in errors.values()]
    return (
        f"of the {which} words {len(away)} are recognised unchanged: starts off by "
        f"{1000 * percentile(away, 50):.0f} ms (median), {1000 * percentile(away, 90):.0f} ms "
        f"(90 %); {sum(a <= NEAR for a in away)} of {len(away)} within {NEAR} s"
    )


def main() -> None:
    """Read the command line and run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hour", description=__doc__)
    parser.add_argument("audio", type=Path, help="a folder with manifest.jsonl in it or below it")
    parser.add_argument("--minutes", type=float, default=60.0, help="length of the recording")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
