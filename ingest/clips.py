"""Clips are cut: a stretch of a recording as AAC in M4A, which every player plays."""

import logging
from pathlib import Path

import numpy as np

from ingest import containers, pcm
from ingest.decode import FORMATS
from ingest.webcopy import RATE, SUFFIX, SoundWriter
from library.errors import LibraryError, UnreadableMediaError
from library.models import Clip
from library.publishing import clips
from library.store import Library

log = logging.getLogger(__name__)

LEAD = 1.0  # seconds decoded before the first sample, for codecs that build on what came before
PIECE = RATE  # samples encoded at once


class Cutter:
    """Cuts the clips that people asked for, one after the other."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def cut_waiting(self) -> int:
        """Cut every clip that waits; gives their number."""
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
        """Cut one clip; gives the sentence of what went wrong, or nothing."""
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
            log.exception("clip %s", clip.id)
            return "This part could not be cut. The recording itself is safe."
        return ""


def cut(sound: Path, into: Path, start: float, end: float) -> None:
    """Write what is heard in *sound* from *start* to *end* (seconds) to *into*.

    Packets are walked through from the beginning, for seeking is off by seconds in some formats;
    only those near the clip are decoded.

    Raises:
        UnreadableMediaError: nothing is heard there.
        StorageFullError: the disk is full.
    """
    samples, first = _heard(sound, start, end)
    offset = max(0, round((start - first) * RATE))
    wanted = samples[offset : offset + round((end - start) * RATE)]
    if not len(wanted):
        raise UnreadableMediaError("The recording has no sound in this part.")
    with SoundWriter(into, RATE) as sink:
        for at in range(0, len(wanted), PIECE):
            sink.write(np.ascontiguousarray(wanted[at : at + PIECE]))


def _heard(sound: Path, start: float, end: float) -> tuple[pcm.Samples, float]:
    """The samples around *start*..*end*, and the second of the first of them."""
    import av

    pieces: list[pcm.Samples] = []
    first = start
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
    try:
        with (
            containers.Part(sound, 0, sound.stat().st_size) as file,
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
        raise UnreadableMediaError("The recording could not be read in this part.") from error
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16), first
