"""Recordings for the tests: a tone in any format, and ways to damage it."""

import random
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from ingest.media import pcm
from ingest.media.decode import decode
from ingest.media.media_info import Decoded

RATE = 48_000
SECONDS = 8
CODECS = {
    "wav": "pcm_s16le",
    "flac": "flac",
    "mp3": "libmp3lame",
    "m4a": "aac",
    "ogg": "libopus",
    "webm": "libopus",
    "mp4": "aac",
    "mov": "aac",
    "mka": "aac",
    "aiff": "pcm_s16be",
}


def tone(seconds: float = SECONDS, pitch: float = 440.0) -> npt.NDArray[np.float32]:
    """Return a steady tone on one channel, shape (1, n) float32."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * pitch * time)).astype(np.float32)[None, :]


def record(
    path: Path,
    *tracks: npt.NDArray[np.float32],
    codec: str | None = None,
    options: dict[str, str] | None = None,
    gap: tuple[float, float] = (0.0, 0.0),
) -> Path:
    """Write *tracks*, each (channels, n) float32, to *path* in the format of its name.

    Without tracks it writes the tone. *gap* is (start, delay) in seconds: time stamps after the
    start are later by the delay.
    """
    with av.open(str(path), "w", options=options or {}) as output:
        sounds = tracks or (tone(),)
        streams = [
            output.add_stream(
                codec or CODECS[path.suffix[1:]],
                rate=RATE,
                layout="mono" if len(sound) == 1 else "stereo",
            )
            for sound in sounds
        ]
        for stream, sound in zip(streams, sounds, strict=True):
            for frame in (*_frames(sound), None):
                for packet in stream.encode(frame):
                    _delay(packet, *gap)
                    output.mux(packet)
    return path


def _frames(sound: npt.NDArray[np.float32]) -> Iterator[av.AudioFrame]:
    """Yield *sound* in frames of 0.1 s."""
    for start in range(0, sound.shape[1], RATE // 10):
        piece = np.ascontiguousarray(sound[:, start : start + RATE // 10])
        layout = "mono" if len(sound) == 1 else "stereo"
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = RATE, start
        yield frame


def _delay(packet: av.Packet, start: float, seconds: float) -> None:
    """Delay *packet* by *seconds* if it begins after *start*."""
    if packet.pts is not None and packet.time_base and packet.pts * packet.time_base >= start:
        packet.pts += round(seconds / packet.time_base)
        packet.dts = packet.pts


def film(path: Path) -> Path:
    """Write a short video without sound to *path*, and return the path."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(10):
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    return path


def damage(path: Path, *, places: int = 4, size: int = 60, seed: int = 7) -> Path:
    """Overwrite *places* ranges of *size* bytes after the header with random bytes.

    Return *path*.
    """
    raw, chance = bytearray(path.read_bytes()), random.Random(seed)
    for _ in range(places):
        at = chance.randrange(len(raw) // 10, len(raw) - 2 * size)
        raw[at : at + size] = chance.randbytes(size)
    path.write_bytes(raw)
    return path


def cut(path: Path, share: float) -> Path:
    """Truncate the file to *share* (0 to 1) of its bytes, and return its path."""
    raw = path.read_bytes()
    path.write_bytes(raw[: round(len(raw) * share)])
    return path


def glue(path: Path) -> Path:
    """Append to the file a copy of its content, and return its path."""
    path.write_bytes(path.read_bytes() * 2)
    return path


def decoded(path: Path) -> tuple[Decoded, npt.NDArray[np.int16]]:
    """Return the decoded recording and its samples."""
    into = path.with_name(path.name + ".pcm")
    result = decode(path, into=into, progress=lambda _: None)
    return result, np.array(pcm.read(into))


def seconds_with_sound(samples: npt.NDArray[np.int16]) -> float:
    """Return the seconds with sound, in steps of 10 ms."""
    steps = samples[: len(samples) // 160 * 160].reshape(-1, 160).astype(np.float64)
    return float((np.sqrt((steps**2).mean(axis=1)) > 1000).sum()) / 100
