"""Make a recording of a WebVTT transcript with synthetic voices, and correct its times.

Needs `pip install kokoro-onnx av webvtt-py` and two files that the project does not ship (see
`library/samples/SOURCES.md`): the Kokoro-82M model as ONNX and its voice styles as one .npz.
Each cue is synthesised alone and placed after a short gap. Its true start and end are therefore
known exactly. They replace the times in the transcript.

    python docs/samples/make_audio.py library/samples/bridge-handover.vtt \
        --model kokoro.onnx --styles voices.npz \
        --voice "Tomás Herrera=bm_george@0.95" --voice "Callum Reid=am_puck@1.05"
"""

# ruff: noqa: INP001 - a script that runs alone, not a package

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import numpy as np
import webvtt
from kokoro_onnx import SAMPLE_RATE, Kokoro
from numpy.typing import NDArray

Samples = NDArray[np.float32]

LEAD_IN = 0.6  # seconds of silence before the first word and after the last
LOUDNESS = 0.07  # root mean square of each utterance, so that no voice is louder than another


@dataclass(frozen=True)
class Voice:
    """Voice style of the synthesiser, with its speed relative to normal speech."""

    style: str
    speed: float

    @classmethod
    def parse(cls, text: str) -> "Voice":
        """Return the voice of a text STYLE@SPEED. Without a speed, the speed is 1."""
        style, _, speed = text.partition("@")
        return cls(style, float(speed or 1))

    @property
    def language(self) -> str:
        """Language code of the pronunciation that the style was trained with."""
        return "en-gb" if self.style.startswith("b") else "en-us"


@dataclass(frozen=True)
class Turn:
    """Words of one speaker, with their start and end in seconds of the recording."""

    speaker: str
    text: str
    start: float
    end: float


def evened(samples: Samples) -> Samples:
    """Return samples `(n,) float32` at the loudness `LOUDNESS`, or less to avoid clipping."""
    level = float(np.sqrt(np.mean(samples**2))) or 1.0
    peak = float(np.max(np.abs(samples))) or 1.0
    return (samples * min(LOUDNESS / level, 0.95 / peak)).astype(np.float32)


def silence(seconds: float) -> Samples:
    """Return *seconds* of silence as samples, `(n,) float32`."""
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)


def speak(
    cues: list[tuple[str, str]], voices: dict[str, Voice], engine: Kokoro
) -> Iterator[tuple[str, str, Samples, Samples]]:
    """Yield the speaker, text, pause and sound of each cue.

    *cues* contains (speaker, text). The pause before the cue and its sound are samples
    `(n,) float32`.
    """
    chance = random.Random(len(cues))  # noqa: S311 - natural gaps, and the same ones every time
    before = ""
    for speaker, text in cues:
        pause = chance.uniform(0.15, 0.4) if speaker == before else chance.uniform(0.35, 0.8)
        voice = voices[speaker]
        sound, _ = engine.create(
            text, voice=voice.style, speed=voice.speed, lang=voice.language, trim=True
        )
        yield speaker, text, silence(pause if before else LEAD_IN), evened(sound)
        before = speaker


def perform(
    cues: list[tuple[str, str]], voices: dict[str, Voice], engine: Kokoro
) -> tuple[list[Turn], Samples]:
    """Return the turns of a conversation with their true times, and its samples, `(n,) float32`."""
    turns: list[Turn] = []
    parts: list[Samples] = []
    position = 0
    for speaker, text, pause, sound in speak(cues, voices, engine):
        start = position + len(pause)
        position = start + len(sound)
        parts += [pause, sound]
        turns.append(Turn(speaker, text, start / SAMPLE_RATE, position / SAMPLE_RATE))
    return turns, np.concatenate([*parts, silence(LEAD_IN)])


def write_opus(path: Path, samples: Samples, bits: int) -> None:
    """Write samples `(n,) float32` as mono Opus in Ogg (RFC 7845), with *bits* bits per second."""
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE, layout="mono")
        stream.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="flt", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def stamp(seconds: float) -> str:
    """Return a time in WebVTT format: hours, minutes, seconds and milliseconds."""
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{milliseconds / 1000:06.3f}"


def write_transcript(path: Path, turns: list[Turn]) -> None:
    """Write the turns to a WebVTT file with voice tags."""
    cues = (f"{stamp(t.start)} --> {stamp(t.end)}\n<v {t.speaker}>{t.text}\n" for t in turns)
    path.write_text("\n".join(["WEBVTT\n", *cues]), encoding="utf-8")


def main() -> None:
    """Read a transcript, write its recording next to it, and correct its times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("transcript", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--styles", required=True)
    parser.add_argument("--voice", action="append", metavar="NAME=STYLE@SPEED", required=True)
    parser.add_argument("--bits", type=int, default=20_000)
    parser.add_argument("--turns", type=Path, help="file for the true times as JSON")
    asked = parser.parse_args()
    voices = {name: Voice.parse(said) for name, _, said in (v.partition("=") for v in asked.voice)}
    cues = [(cue.voice, cue.text) for cue in webvtt.read(str(asked.transcript))]
    turns, samples = perform(cues, voices, Kokoro(asked.model, asked.styles))
    write_opus(asked.transcript.with_suffix(".ogg"), samples, asked.bits)
    write_transcript(asked.transcript, turns)
    if asked.turns:
        record = {"turns": [asdict(turn) for turn in turns]}
        asked.turns.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
