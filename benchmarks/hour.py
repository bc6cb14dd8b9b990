"""An hour of talk through the whole pipeline: how long it takes, and what it needs.

`python -m benchmarks.hour AUDIO` puts clips of the manifests below AUDIO that somebody speaks in
one after the other until they fill an hour (`--minutes`), with those first and last whose words
have known times; adds the file to a new library as a user would; lets the worker take it in,
speakers included; and prints the seconds that passed, in all and in each stage, CPU seconds, the
peak of the worker's memory, how far the starts of the first and the last words are from the truth
(of those that are far, each), and how many speakers were found. For the time to mean anything the
machine must have nothing else to do.
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
from ingest.decode import decode
from library.access import Viewer
from library.capture import intake
from library.editing import transcripts
from library.files import pieces_of
from library.holdings import sources
from library.holdings.sessions import Description
from library.models import Role, Visibility
from library.settings import read_settings
from library.store import Library, open_library

RATE = 16_000
PAUSE = 1.0
"""Seconds between two clips."""
LOOK_EVERY = 0.25  # seconds
NEAR = 0.3
"""Seconds off which a word may begin."""
EVERYTHING = Viewer(role=Role.ADMIN)
Heard = tuple[str, float, float, float]
PREPARE = """
from library.settings import read_settings
from library.weights import whisper_weights
from search.embed import open_embedder
from search.voiceprint import open_voice_models
settings = read_settings()
whisper_weights(settings), open_embedder(settings), open_voice_models(settings)
"""


def build(todo: list[Clip], into: Path, minutes: float) -> tuple[list[list[Any]], list[list[Any]]]:
    """Write the recording to *into*; gives the words [start, end, word] at both its ends."""
    aligned = [clip for clip in todo if clip.get("words")]
    between = [c for c in todo if not c.get("words") and c["kind"] in {"speech", "conversation"}]
    between += [c for c in todo if c["kind"] == "synthetic-conversation" and c.get("reference")]
    room = minutes * 60 - sum(clip["duration"] + PAUSE for clip in aligned)
    first: list[list[Any]] = []
    last: list[list[Any]] = []
    with tempfile.TemporaryDirectory() as folder, wave.open(str(into), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        at = 0.0
        for clip in chain(aligned, cycle(between)):
            if at >= room:
                break
            if clip in aligned:
                first += _moved(clip, at)
            at += _append(out, clip, Path(folder) / "samples", room - at)
        for clip in aligned:
            last += _moved(clip, at)
            at += _append(out, clip, Path(folder) / "samples", clip["duration"])
    return first, last


def _moved(clip: Clip, by: float) -> list[list[Any]]:
    """The true words of a clip that begins *by* seconds into the recording."""
    return [[start + by, end + by, word] for start, end, word in true_words(clip) or []]


def _append(out: wave.Wave_write, clip: Clip, samples: Path, seconds: float) -> float:
    """Write at most *seconds* of a clip and a pause; gives the seconds written."""
    decode(clip["path"], into=samples, progress=lambda _: None)
    sound = np.fromfile(samples, "<i2")[: round(seconds * RATE)]
    sound = np.pad(sound, (0, round(PAUSE * RATE)))
    out.writeframes(sound.astype("<i2").tobytes())
    return len(sound) / RATE


@dataclass(frozen=True, kw_only=True)
class Pass:
    """The worker's pass over a recording; seconds, and bytes of memory at its peak."""

    source_id: int
    passed: float
    cpu: float
    peak: int
    stages: dict[str, float]


def take_in(library: Library, recording: Path) -> Pass:
    """Let a worker of its own take the recording in."""
    with recording.open("rb") as file:
        kept = intake.keep(library, recording.name, pieces_of(file))
    described = Description(title="An hour", language="en", visibility=Visibility.PRIVATE)
    added = intake.take_in(library, EVERYTHING, described, [kept])
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
        sys.exit("The worker ended with an error.")
    return Pass(
        source_id=added.source_ids[0],
        passed=time.monotonic() - began,
        cpu=used.ru_utime + used.ru_stime,
        peak=used.ru_maxrss * 1024,
        stages=stages,
    )


def run(arguments: argparse.Namespace) -> None:
    """Build, take in, look, print."""
    with tempfile.TemporaryDirectory() as folder:
        library = open_library(read_settings(home=Path(folder) / "library"))
        # Joining and exporting the weights happens once in a library's life: it is not counted.
        subprocess.run(
            [sys.executable, "-c", PREPARE],
            check=True,
            env={**os.environ, "LIVING_HISTORY_HOME": str(library.settings.home)},
        )
        recording = Path(folder) / "hour.wav"
        first, last = build(clips(arguments.audio), recording, arguments.minutes)
        done = take_in(library, recording)
        with library.reading() as db:
            version = transcripts.current_version(db, done.source_id)
            drafts = transcripts.drafts_of(db, version.id) if version else []
    said = [w for d in drafts if not d.suspect for w in d.words]
    print(
        f"{arguments.minutes:.0f} minutes, {len(said)} words, "
        f"{len({d.speaker for d in drafts if d.speaker})} speakers: {done.passed:.1f} "
        f"seconds, {done.cpu:.1f} CPU seconds, peak memory {done.peak / 2**20:.0f} MiB"
    )
    print(", ".join(f"{stage}: {took:.0f} s" for stage, took in done.stages.items()))
    at_first, at_last = _errors(first, said), _errors(last, said)
    print(_times_line("first", at_first))
    print(_times_line("last", at_last))
    for number, error in at_last.items():
        if abs(error) > NEAR:
            before = f"{at_first[number]:+.2f} s" if number in at_first else "not heard"
            print(
                f"  {last[number][2]!r}: {error:+.2f} s; the same word at the beginning: {before}"
            )


def _errors(words: list[list[Any]], said: list[Heard]) -> dict[int, float]:
    """How far the starts of *words* are from where they are heard, by their number; seconds."""
    begin, end = words[0][0] - PAUSE, words[-1][1] + PAUSE
    heard = [{"word": w[0].strip(), "start": w[1]} for w in said if begin < w[1] < end]
    errors = Scorer().errors_of_starts(words, heard)
    return {number: round(error, 3) for number, error in errors.items()}


def _times_line(which: str, errors: dict[int, float]) -> str:
    """A sentence about the starts of the words at one end."""
    away = [abs(error) for error in errors.values()]
    return (
        f"of the {which} words {len(away)} are heard as they are: starts off by "
        f"{1000 * percentile(away, 50):.0f} ms (median), {1000 * percentile(away, 90):.0f} ms "
        f"(90 %); {sum(a <= NEAR for a in away)} of {len(away)} within {NEAR} s"
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hour", description=__doc__)
    parser.add_argument("audio", type=Path, help="a folder with manifest.jsonl in it or below it")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long the recording is")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
