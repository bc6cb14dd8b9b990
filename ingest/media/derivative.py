"""Web copy: AAC in M4A for originals that not all browsers play with correct times.

MP3, AAC in MP4, WAV and FLAC play in all browsers and need no copy. Ogg and WebM do not (Safari
supports Ogg since version 18.4, 2025), so they are copied like rarer formats. Files without a seek
table or a duration are copied too, because players seek to wrong times in them.
"""

import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

import numpy as np

from ingest.media import pcm
from ingest.media.decode import decode, may_pause, probe, read
from ingest.media.media_info import SAMPLE_RATE, Probe
from ingest.media.track_decoder import Track
from library.errors import StorageFullError

if TYPE_CHECKING:
    import av

SUFFIX = ".m4a"
MEDIA_TYPE = "audio/mp4"
RATE = 48_000
BIT_RATE = 64_000
PLAYABLE_SOUND = {
    "audio/mpeg": {"mp3", "mp3float"},
    "audio/mp4": {"aac"},
    "audio/wav": {"pcm_s16le", "pcm_u8"},
    "audio/flac": {"flac"},
    "video/mp4": {"aac"},
}
PLAYABLE_PICTURES = {None, "h264"}

Progress = Callable[[float], None]


def playable_in_browsers(probe: Probe) -> bool:
    """Return whether Chromium, Firefox and Safari play the original and can seek in it.

    False for several tracks: browsers play only the first, but the transcript covers all.
    """
    return (
        probe.codec in PLAYABLE_SOUND.get(probe.media_type, ())
        and probe.video_codec in PLAYABLE_PICTURES
        and probe.seekable
        and probe.tracks == 1
        and probe.channels <= 2
    )


def make_web_copy(source: Path, into: Path, progress: Progress) -> None:
    """Write *source* to *into* as mono AAC in M4A, with the index at the front of the file.

    The decoder of the transcript is used. Times in the copy and in the transcript therefore agree,
    also after repairs. *progress* is called with 0 to 1.

    Raises:
        UnreadableMediaError: No audio could be decoded.
        StorageFullError: The disk is full.
    """
    known = probe(source)
    if known.tracks == 1:
        with SoundWriter(into, RATE) as sink:
            read(source, [Track(sink, RATE, may_pause(known))], progress)
    else:
        with tempfile.NamedTemporaryFile(dir=into.parent, suffix=".pcm") as mixed:
            decode(source, into=Path(mixed.name), progress=progress)
            _encode(Path(mixed.name), into)
    progress(1.0)


class SoundWriter:
    """Encoder of mono samples to a file, by default AAC in M4A.

    Args:
        path: File to write.
        rate: Samples per second.
        container: FFmpeg muxer.
        codec: FFmpeg encoder.

    Raises:
        StorageFullError: The disk is full, in any method that writes.
    """

    def __init__(
        self, path: Path, rate: int, *, container: str = "mp4", codec: str = "aac"
    ) -> None:
        import av

        self.samples = 0
        self._rate = rate
        options = {"movflags": "+faststart"} if container == "mp4" else {}
        self._output = av.open(str(path), "w", format=container, options=options)
        added = self._output.add_stream(codec, rate=rate, layout="mono")
        self._stream = cast("av.AudioStream", added)
        if codec == "aac":
            self._stream.bit_rate = BIT_RATE

    def write(self, samples: pcm.Samples) -> None:
        """Append *samples*, shape (n,) int16."""
        import av

        if not len(samples):
            return
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base = self._rate, Fraction(1, self._rate)
        frame.pts = self.samples
        self.samples += len(samples)
        self._mux(frame)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None:
            self._mux(None)
        self._closed()

    def _mux(self, frame: "av.AudioFrame | None") -> None:
        """Encode *frame* (None: flush the encoder) and write the packets.

        Raises:
            StorageFullError: The disk is full.
        """
        try:
            self._output.mux(self._stream.encode(frame))
        except OSError as error:
            raise _renamed(error) from error

    def _closed(self) -> None:
        """Write the index and close the file.

        Raises:
            StorageFullError: The disk is full.
        """
        try:
            self._output.close()
        except OSError as error:
            raise _renamed(error) from error


def _renamed(error: OSError) -> Exception:
    """Return StorageFullError for a full disk, else *error*."""
    return StorageFullError() if pcm.disk_full(error) else error


def _encode(samples: Path, into: Path) -> None:
    """Encode a file of 16 kHz PCM samples to *into* as AAC in M4A."""
    decoded = pcm.read(samples)
    with SoundWriter(into, SAMPLE_RATE) as sink:
        for start in range(0, len(decoded), SAMPLE_RATE):
            sink.write(np.ascontiguousarray(decoded[start : start + SAMPLE_RATE]))
