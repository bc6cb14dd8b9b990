"""The copy that a browser plays where it could not play the original, or not on the same clock.

Which originals need none: MP3, AAC in MP4, WAV and FLAC play everywhere. Ogg and WebM do not
(Safari learnt Ogg in version 18.4, 2025), so they are copied like every rarer kind. A file without
a seek table or a duration is copied because a press on a line would land somewhere else in it.
"""

import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

import numpy as np

from ingest import pcm
from ingest.decode import decode, may_pause, probe, read
from ingest.media import SAMPLE_RATE, Probe
from ingest.track import Track
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
    """Whether Chromium, Firefox and Safari all play the original, and can jump to a second in it.

    A file with several tracks is not: browsers play the first, and the transcript has them all.
    """
    return (
        probe.codec in PLAYABLE_SOUND.get(probe.media_type, ())
        and probe.video_codec in PLAYABLE_PICTURES
        and probe.seekable
        and probe.tracks == 1
        and probe.channels <= 2
    )


def make_web_copy(source: Path, into: Path, progress: Progress) -> None:
    """Write *source* to *into* as AAC in M4A, mono, with its index in front.

    The same reader as the transcript's puts every sample where the transcript has it, so both run
    on one clock, whatever had to be repaired. *progress* is called with 0..1.

    Raises:
        UnreadableMediaError: no sound could be read.
        StorageFullError: the disk is full.
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
    """Mono samples, *rate* a second, to a file: AAC in M4A where nothing else is said.

    Raises StorageFullError on a full disk.
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
        """Append *samples*."""
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
        """Encode *frame* (None: the rest) and write what comes out."""
        try:
            self._output.mux(self._stream.encode(frame))
        except OSError as error:
            raise _renamed(error) from error

    def _closed(self) -> None:
        """Write the index and close the file."""
        try:
            self._output.close()
        except OSError as error:
            raise _renamed(error) from error


def _renamed(error: OSError) -> Exception:
    """*error*, or what it means to people."""
    return StorageFullError() if pcm.disk_full(error) else error


def _encode(samples: Path, into: Path) -> None:
    """Write decoded samples to *into* as AAC in M4A."""
    decoded = pcm.read(samples)
    with SoundWriter(into, SAMPLE_RATE) as sink:
        for start in range(0, len(decoded), SAMPLE_RATE):
            sink.write(np.ascontiguousarray(decoded[start : start + SAMPLE_RATE]))
