"""Transcription by one engine in its own process.

`python -m benchmarks.ears product|openai MODEL` reads one JSON object per line ({"path",
"language", "hints"}) and writes one per line ({"text", "words", "suspect", "seconds", "peak"}).
"seconds" are CPU seconds and "peak" is the peak memory in bytes. In a separate process,
both numbers are those of this engine alone.
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

from ingest.asr.transcriber import WhisperTranscriber
from ingest.media import pcm
from ingest.media.decode import decode

BEAM = 5
SEED = 1


@dataclass(frozen=True)
class Transcription:
    """Result of an engine for one clip. `suspect` is text that the product does not index."""

    text: str
    words: list[dict[str, Any]]
    suspect: str = ""


Engine = Callable[[Path, str, str], Transcription]
"""Function that maps a file of raw samples, a language and expected words to a result."""


def product(folder: Path) -> Engine:
    """Return a function that transcribes PCM samples with the product and the model in *folder*."""
    transcriber = WhisperTranscriber(folder)

    def transcribe(samples: Path, language: str, hints: str) -> Transcription:
        blocks = transcriber.transcribe(
            samples, language=language, hints=hints, progress=lambda _: None
        )
        segments = [segment for block in blocks for segment in block.segments]
        indexed = [segment for segment in segments if segment.suspect is None]
        return Transcription(
            text=" ".join(segment.text for segment in indexed),
            words=[
                {"word": word.text.strip(), "start": word.start, "end": word.end}
                for segment in indexed
                for word in segment.words
            ],
            suspect=" ".join(segment.text for segment in segments if segment.suspect),
        )

    return transcribe


def openai(checkpoint: Path) -> Engine:
    """Return a function that transcribes PCM samples with openai-whisper.

    The file *checkpoint* has the weights of the product. The beam size is that of the product, and
    all other settings are those of openai-whisper's command line.
    """
    import torch
    import whisper

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model = whisper.load_model(str(checkpoint), device="cpu")

    def transcribe(samples: Path, language: str, _hints: str) -> Transcription:
        sound = pcm.read(samples).astype(np.float32) / np.float32(32768)
        result = model.transcribe(
            sound, language=language, beam_size=BEAM, best_of=BEAM, fp16=False
        )
        return Transcription(text=result["text"], words=[])

    return transcribe


def cpu_seconds() -> float:
    """Return the CPU seconds that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def answer(engine: Engine, path: Path, language: str, hints: str = "") -> dict[str, Any]:
    """Transcribe one clip from its file.

    Returns:
        The fields of the result, CPU seconds, and peak memory of the process in bytes.
    """
    start = cpu_seconds()
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / "samples"
        decode(path, into=samples, progress=lambda _: None)
        result = engine(samples, language, hints)
    seconds = cpu_seconds() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {**vars(result), "seconds": round(seconds, 3), "peak": peak}


def main() -> None:
    """Transcribe each clip that a line of the standard input names, until the input ends."""
    kind, model = sys.argv[1], Path(sys.argv[2])
    try:
        engine = {"product": product, "openai": openai}[kind](model)
    except ModuleNotFoundError as error:
        sys.exit(
            f"The package {error.name} is missing. "
            "Run `pip install --no-deps -r benchmarks/requirements.txt`."
        )
    print(json.dumps({"ready": kind}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        result = answer(engine, Path(request["path"]), request["language"], request["hints"])
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
