"""A recording written anew without what is off the record: silence in its place.

Everything is encoded again, so nothing of the stretch stays in a packet, a tag or a picture of
the sound. The result is FLAC on the transcript's clock: every browser plays it and can jump in it.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ingest import pcm
from ingest.decode import decode, may_pause, probe, read
from ingest.lease import Lease, StoppedError
from ingest.media import SAMPLE_RATE
from ingest.track import Sink, Track
from ingest.webcopy import SoundWriter
from library.holdings import erasure, sessions
from library.models import Originals, Source
from library.store import Library
from library.withdrawal import originals, trimming

SUFFIX = ".flac"
MEDIA_TYPE = "audio/flac"
HIGHEST_RATE = 48_000
MARGIN = 0.1  # seconds; a word's sound begins a little before and ends a little after its time

Range = tuple[float, float]  # seconds
Progress = Callable[[float], None]


def trim(library: Library, source: Source, lease: Lease) -> Source:
    """Bring the sound of *source* to where its words are; gives its row as it is then.

    Sealing, writing and swapping can each be repeated: a worker that is killed in between leaves
    the old file in place, and nobody is served it.

    Raises:
        UnreadableMediaError: no sound could be read.
        StorageFullError: the disk is full.
        StoppedError: something more was put off the record meanwhile.
    """
    with library.reading() as db:
        cuts = trimming.untrimmed(db, source.id)
    if not cuts:
        return source
    if all(cut.originals is Originals.SEAL for cut in cuts):
        _seal(library, source, lease)
    ranges = [(cut.start or 0.0, cut.end or 0.0) for cut in cuts]
    path = library.files.work_folder(source.id) / f"trimmed{SUFFIX}"
    say = lease.stage("Trimming the sound", 0.0, 0.9)
    write_without(library.files.path(source.sha256), path, ranges, say)
    sha256, size = library.files.adopt(path)
    try:
        with lease.transaction() as (db, row):
            ids = [cut.id for cut in cuts]
            trimming.trimmed(db, row, ids, sha256=sha256, size=size, media_type=MEDIA_TYPE)
    except StoppedError:
        sessions.forget_files(library, [sha256])
        raise
    erasure.finish(library)
    return row


def _seal(library: Library, source: Source, lease: Lease) -> None:
    """Keep the original under seal: first its row, so that the file is never without one."""
    name = originals.sealed_name(source.id, source.sha256)
    with lease.transaction() as (db, row):
        originals.note_sealed(db, row, name=name, filename=row.filename, size=row.size)
    originals.seal(library, name, source.sha256)
    try:
        with lease.transaction():  # who took the session back meanwhile did not see the file yet
            return
    except StoppedError:
        library.files.sealed(name).unlink(missing_ok=True)
        raise


def write_without(original: Path, into: Path, ranges: Sequence[Range], progress: Progress) -> None:
    """Write *original* to *into* as FLAC, one channel, with silence in *ranges* (seconds).

    Raises:
        UnreadableMediaError: no sound could be read.
        StorageFullError: the disk is full.
    """
    known = probe(original)
    rate = (
        min(HIGHEST_RATE, known.sample_rate or HIGHEST_RATE) if known.tracks == 1 else SAMPLE_RATE
    )
    with SoundWriter(into, rate, container="flac", codec="flac") as writer:
        sink = Silencing(writer, rate, ranges)
        if known.tracks == 1:
            read(original, [Track(sink, rate, may_pause(known))], progress)
        else:
            _mixed(original, into.parent, sink, progress)
    progress(1.0)


def _mixed(original: Path, folder: Path, sink: Sink, progress: Progress) -> None:
    """Several tracks, mixed into one as the transcript heard them."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".pcm") as mixed:
        decode(original, into=Path(mixed.name), progress=progress)
        decoded = pcm.read(Path(mixed.name))
        for start in range(0, len(decoded), SAMPLE_RATE):
            sink.write(np.ascontiguousarray(decoded[start : start + SAMPLE_RATE]))


class Silencing:
    """Passes samples on, silent where they lie in one of the ranges."""

    def __init__(self, sink: Sink, rate: int, ranges: Sequence[Range]) -> None:
        self.samples = 0
        self._sink = sink
        self._silent = [
            (round(max(0.0, start - MARGIN) * rate), round((end + MARGIN) * rate))
            for start, end in ranges
        ]

    def write(self, samples: pcm.Samples) -> None:
        """Append *samples*."""
        for first, last in self._silent:
            inside = slice(max(0, first - self.samples), max(0, last - self.samples))
            if inside.start < len(samples) and inside.stop > 0:
                samples = samples.copy()
                samples[inside] = 0
        self._sink.write(samples)
        self.samples += len(samples)
