"""Redaction of audio: a new file of the recording with silence in the redacted ranges.

The whole file is encoded again, so that no packet, tag or embedded picture of the original remains.
The result is FLAC. Each word in it is at the time that the transcript states. All browsers can play
it and seek in it.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ingest.lease import Lease, StoppedError
from ingest.media import pcm
from ingest.media.decode import decode, may_pause, probe, read
from ingest.media.derivative import SoundWriter
from ingest.media.media_info import SAMPLE_RATE
from ingest.media.track_decoder import Sink, Track
from library.models import Originals, Source
from library.removal import originals, pending_trims
from library.sessions import erasure, sessions
from library.store import Library

SUFFIX = ".flac"
MEDIA_TYPE = "audio/flac"
HIGHEST_RATE = 48_000
MARGIN = 0.1  # seconds; a word can be audible slightly before and after its times

Range = tuple[float, float]  # seconds
Progress = Callable[[float], None]


def apply(library: Library, source: Source, lease: Lease) -> Source:
    """Apply all pending redactions to the audio of a source and return its updated row.

    Return *source* unchanged if no redaction is pending. Each step is idempotent. After a crash the
    old file is still in place, but it is not served while a redaction is pending.

    Raises:
        UnreadableMediaError: No audio could be decoded.
        StorageFullError: The disk is full.
        StoppedError: The source was cancelled, removed, redacted again, or leased elsewhere.
    """
    with library.reading() as db:
        cuts = pending_trims.untrimmed(db, source.id)
    if not cuts:
        return source
    if all(cut.originals is Originals.SEAL for cut in cuts):
        _seal(library, source, lease)
    ranges = [(cut.start or 0.0, cut.end or 0.0) for cut in cuts]
    path = library.files.work_folder(source.id) / f"trimmed{SUFFIX}"
    report = lease.stage("Trimming the sound", 0.0, 0.9)
    write_without(library.files.path(source.sha256), path, ranges, report)
    sha256, size = library.files.adopt(path)
    try:
        with lease.transaction() as (db, row):
            ids = [cut.id for cut in cuts]
            pending_trims.trimmed(db, row, ids, sha256=sha256, size=size, media_type=MEDIA_TYPE)
    except StoppedError:
        sessions.forget_files(library, [sha256])
        raise
    erasure.finish(library)
    return row


def _seal(library: Library, source: Source, lease: Lease) -> None:
    """Encrypt the original and keep it as a sealed original.

    The database row is written first, so that no sealed file exists without a row.

    Raises:
        StoppedError: The source was cancelled, removed, or leased by another worker.
    """
    name = originals.sealed_name(source.id, source.sha256)
    with lease.transaction() as (db, row):
        originals.note_sealed(db, row, name=name, filename=row.filename, size=row.size)
    originals.seal(library, name, source.sha256)
    try:
        with lease.transaction():  # fails if the source was removed in the meantime
            return
    except StoppedError:
        library.files.sealed(name).unlink(missing_ok=True)
        raise


def write_without(original: Path, into: Path, ranges: Sequence[Range], progress: Progress) -> None:
    """Write *original* to *into* as mono FLAC, with silence in *ranges* (start, end in seconds).

    Each range is extended by `MARGIN` on both sides. *progress* is called with 0 to 1.

    Raises:
        UnreadableMediaError: No audio could be decoded.
        StorageFullError: The disk is full.
    """
    known = probe(original)
    rate = (
        min(HIGHEST_RATE, known.sample_rate or HIGHEST_RATE) if known.tracks == 1 else SAMPLE_RATE
    )
    with SoundWriter(into, rate, container="flac", codec="flac") as writer:
        sink = SilenceFilter(writer, rate, ranges)
        if known.tracks == 1:
            read(original, [Track(sink, rate, may_pause(known))], progress)
        else:
            _mixed(original, into.parent, sink, progress)
    progress(1.0)


def _mixed(original: Path, folder: Path, sink: Sink, progress: Progress) -> None:
    """Write all tracks of *original* to *sink*, mixed into one as for the transcript."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".pcm") as mixed:
        decode(original, into=Path(mixed.name), progress=progress)
        decoded = pcm.read(Path(mixed.name))
        for start in range(0, len(decoded), SAMPLE_RATE):
            sink.write(np.ascontiguousarray(decoded[start : start + SAMPLE_RATE]))


class SilenceFilter:
    """Sink that forwards samples to another sink, with silence in *ranges* (seconds)."""

    def __init__(self, sink: Sink, rate: int, ranges: Sequence[Range]) -> None:
        self.samples = 0
        self._sink = sink
        self._silent = [
            (round(max(0.0, start - MARGIN) * rate), round((end + MARGIN) * rate))
            for start, end in ranges
        ]

    def write(self, samples: pcm.Samples) -> None:
        """Append *samples*, shape (n,) int16, with silence in the ranges."""
        for first, last in self._silent:
            inside = slice(max(0, first - self.samples), max(0, last - self.samples))
            if inside.start < len(samples) and inside.stop > 0:
                samples = samples.copy()
                samples[inside] = 0
        self._sink.write(samples)
        self.samples += len(samples)
