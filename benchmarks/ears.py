"""One engine in a process of its own: `python -m benchmarks.ears product|openai MODEL`.

Reads a JSON object a line ({"path", "language", "hints"}), writes one a line ({"text", "words",
"doubted", "seconds", "peak"}), so that CPU seconds and the peak of memory (bytes) are this
engine's alone.
"""

import json
import resource
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ingest import pcm
from ingest.decode import decode
from ingest.transcribe import WhisperTranscriber

BEAM = 5
SEED = 1


@dataclass(frozen=True)
class Heard:
    """What an engine makes of a clip; `doubted` is text that the product would not index."""

    text: str
    words: list[dict[str, Any]]
    doubted: str = ""


Engine = Callable[[Path, str, str], Heard]
"""Hears raw samples in a language, told what words to expect."""


def product(folder: Path) -> Engine:
    """The product's own way from samples to words."""
    transcriber = WhisperTranscriber(folder)

    def hear(samples: Path, language: str, hints: str) -> Heard:
        blocks = transcriber.transcribe(
            samples, language=language, hints=hints, progress=lambda _: None
        )
        segments = [segment for block in blocks for segment in block.segments]
        said = [segment for segment in segments if segment.suspect is None]
        return Heard(
            text=" ".join(segment.text for segment in said),
            words=[
                {"word": word.text.strip(), "start": word.start, "end": word.end}
                for segment in said
                for word in segment.words
            ],
            doubted=" ".join(segment.text for segment in segments if segment.suspect),
        )

    return hear


def openai(checkpoint: Path) -> Engine:
    """openai-whisper as its command line sets it, with the same weights and the same beam."""
    import torch
    import whisper

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model = whisper.load_model(str(checkpoint), device="cpu")

    def hear(samples: Path, language: str, _hints: str) -> Heard:
        sound = pcm.read(samples).astype(np.float32) / np.float32(32768)
        result = model.transcribe(
            sound, language=language, beam_size=BEAM, best_of=BEAM, fp16=False
        )
        return Heard(text=result["text"], words=[])

    return hear


def cpu_seconds() -> float:
    """CPU seconds that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def answer(engine: Engine, path: Path, language: str, hints: str = "") -> dict[str, Any]:
    """One clip from its file to words, and what it cost."""
    start = cpu_seconds()
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / "samples"
        decode(path, into=samples, progress=lambda _: None)
        heard = engine(samples, language, hints)
    seconds = cpu_seconds() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {**vars(heard), "seconds": round(seconds, 3), "peak": peak}


def main() -> None:
    """Answer until the input ends."""
    kind, model = sys.argv[1], Path(sys.argv[2])
    try:
        engine = {"product": product, "openai": openai}[kind](model)
    except ModuleNotFoundError as error:
        sys.exit(
            f"The package {error.name} is missing: "
            "run `pip install --no-deps -r benchmarks/requirements.txt`."
        )
    print(json.dumps({"ready": kind}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        heard = answer(engine, Path(asked["path"]), asked["language"], asked["hints"])
        print(json.dumps(heard), flush=True)


if __name__ == "__main__":
    main()
