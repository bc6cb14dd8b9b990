"""Cutting of clips: a range of a recording as AAC in M4A, which all players support."""

import logging
from pathlib import Path

import numpy as np

from ingest.media import container_structure, pcm
from ingest.media.decode import FORMATS
from ingest.media.derivative import RATE, SUFFIX, SoundWriter
from library.errors import LibraryError, UnreadableMediaError
from library.models import Clip
from library.publishing import clips
from library.store import Library
from library.translation import mark

log = logging.getLogger(__name__)

LEAD = 1.0  # seconds decoded before the clip, for codecs that depend on earlier packets
PIECE = RATE  # samples in one encoded block


class ClipCutter:
    """Worker task that cuts requested clips one by one."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def cut_waiting(self) -> int:
        """Cut all waiting clips and return their number, including failed ones."""
        with self._library.reading() as db:
            waiting = clips.waiting(db)
        for clip in waiting:
            error = self._cut(clip)
            with self._library.transaction() as db:
                good = clips.settle(db, clip, error=error)
            if not good:
                clips.path(self._library, clip).unlink(missing_ok=True)
        return len(waiting)

    def _cut(self, clip: Clip) -> str:
        """Cut one clip. Return "", or the error message for a page."""
        into = clips.path(self._library, clip)
        try:
            sound = self._library.files.path(clip.sound)
            into.parent.mkdir(parents=True, exist_ok=True)
            with self._library.files.temporary(SUFFIX) as unfinished:
                cut(sound, unfinished, clip.start_ms / 1000, clip.end_ms / 1000)
                unfinished.replace(into)
        except LibraryError as error:
            return str(error)
        except Exception:
            log.exception("clip %s could not be cut", clip.id)
            return mark("The clip could not be cut. The recording is safe. Try again later.")
        return ""


def cut(sound: Path, into: Path, start: float, end: float) -> None:
    """Write the audio of *sound* from *start* to *end* (seconds) to *into*, as mono AAC in M4A.

    All packets are read from the beginning, because seeking is inexact by seconds in some formats.
    Only packets near the clip are decoded.

    Raises:
        UnreadableMediaError: The range has no audio or cannot be decoded.
        StorageFullError: The disk is full.
    """
    samples, first = _decoded(sound, start, end)
    offset = max(0, round((start - first) * RATE))
    samples_of_clip = samples[offset : offset + round((end - start) * RATE)]
    if not len(samples_of_clip):
        raise UnreadableMediaError("The recording has no sound in this part. Choose another part.")
    with SoundWriter(into, RATE) as sink:
        for at in range(0, len(samples_of_clip), PIECE):
            sink.write(np.ascontiguousarray(samples_of_clip[at : at + PIECE]))


def _decoded(sound: Path, start: float, end: float) -> tuple[pcm.Samples, float]:
    """Decode the audio around *start* to *end* (seconds).

    Returns:
        Samples, shape (n,) int16 at `RATE`, and the time of the first sample in seconds.

    Raises:
        UnreadableMediaError: The file cannot be decoded.
    """
    import av

    pieces: list[pcm.Samples] = []
    first = start
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
    try:
        with (
            container_structure.Part(sound, 0, sound.stat().st_size) as file,
            av.open(file, "r", metadata_errors="ignore", container_options=options) as container,
        ):
            origin = (container.start_time or 0) / 1e6
            for packet in container.demux(container.streams.audio[0]):
                time = float((packet.pts or 0) * (packet.time_base or 0)) - origin
                if packet.pts is not None and time < start - LEAD:
                    continue
                for frame in packet.decode():
                    at = (frame.time or 0.0) - origin
                    if at + frame.samples / frame.sample_rate <= start:
                        continue
                    first = at if not pieces else first
                    frame.pts = None
                    pieces += [f.to_ndarray()[0] for f in resampler.resample(frame)]
                if packet.pts is not None and time > end + LEAD:
                    break
            pieces += [f.to_ndarray()[0] for f in resampler.resample(None)]
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise UnreadableMediaError(
            "This part of the recording could not be read. Choose another part."
        ) from error
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16), first
