"""The journey of a recording, a note or a transcript into the library, on one page.

RECEIVED -> DECODED -> TRANSCRIBED -> INDEXED. Each stage is saved when it is done and can be
repeated without harm, so a worker killed at any instant goes on after the last finished one.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from ingest import decode, kept_blocks, peaks, recognising, telling, webcopy
from ingest.heard import Block
from ingest.lease import Lease, StoppedError
from ingest.media import Notice, Probe, clock
from ingest.readers import table
from ingest.transcribe import Transcriber
from ingest.trim import trim
from library.editing import relistening, transcripts
from library.editing.hints import hints_for
from library.editing.segments import SegmentDraft
from library.errors import InvalidInputError, LibraryError, NotReadyError, StorageFullError
from library.holdings import heard_blocks, jobs, sources
from library.models import Source, SourceKind, Stage
from library.store import Library
from library.voices import voice_prints
from search import revising
from search.embed import Embedder, Vectors
from search.voiceprint import VoiceModels

log = logging.getLogger(__name__)

PEAKS_A_SECOND = 10
MOST_PEAKS = 20_000
HEARD = 0.85  # of the whole work, when all is listened to
PASSING = (NotReadyError, StorageFullError)  # they say nothing about the source
EMBED_AT_ONCE = 64  # passages between two signs of life


class Pipeline:
    """Takes sources in, one at a time."""

    def __init__(
        self,
        library: Library,
        *,
        transcriber: Callable[[str], Transcriber],
        embedder: Callable[[], Embedder],
        worker: str,
        voices: Callable[[], VoiceModels | None] = lambda: None,
    ) -> None:
        self._library = library
        self._transcriber = transcriber  # both are opened when first needed: a note needs no ears
        self._embedder = embedder
        self._voices = voices
        self._worker = worker

    def take_in(self, source_id: int) -> None:
        """Bring one source as far as it can get: READY, FAILED with a sentence, or cancelled."""
        with self._library.transaction() as db:
            source = jobs.claim(db, source_id, self._worker)
        if source is None:
            return
        with self._failures_said(source_id):
            lease = Lease(self._library, source_id, self._worker)
            source = trim(self._library, source, lease)
            if source.stage is Stage.RECEIVED:
                source = self._decode(source, lease)
            if source.stage is Stage.DECODED:
                source = self._transcribe(source, lease)
            self._index(source, lease)
        self._library.files.clear_work(source_id)

    # -- the stages -----------------------------------------------------------------------------

    def _decode(self, source: Source, lease: Lease) -> Source:
        """Read the sound once: samples for Whisper, a copy for the player, the waveform."""
        if source.kind is not SourceKind.RECORDING:
            with lease.transaction() as (db, row):
                jobs.finish_stage(db, row, Stage.DECODED)
            return row
        original, pcm = self._library.files.path(source.sha256), self._pcm(source.id)
        probe = decode.probe(original)
        self._check_length(probe)
        unfinished = pcm.with_suffix(".part")
        decoded = decode.decode(
            original, into=unfinished, progress=lease.stage("Decoding", 0, 0.03)
        )
        unfinished.replace(pcm)
        for channel in range(2 if decoded.one_voice_each else 0):
            decode.decode(original, into=unfinished, progress=lambda _: None, channel=channel)
            unfinished.replace(self._channel(source.id, channel))
        web = None
        if decoded.retimed or not webcopy.playable_in_browsers(probe):
            web = self._make_web_copy(original, lease)
        buckets = min(MOST_PEAKS, max(1, round(decoded.duration * PEAKS_A_SECOND)))
        with lease.transaction() as (db, row):
            row.duration, row.has_video = decoded.duration, probe.has_video
            row.media_type = probe.media_type
            row.web_sha256, row.web_media_type = web or (None, None)
            row.peaks = peaks.peaks(pcm, buckets=buckets)
            row.notices = [asdict(notice) for notice in decoded.notices]
            jobs.finish_stage(db, row, Stage.DECODED)
        return row

    def _transcribe(self, source: Source, lease: Lease) -> Source:
        """Write down what was said, or read what somebody wrote down."""
        if source.kind is SourceKind.RECORDING and source.transcript_sha256 is None:
            return self._listen(source, lease)
        sha256, name = source.sha256, source.filename
        if source.transcript_sha256 is not None:
            sha256, name = source.transcript_sha256, source.transcript_filename or "transcript.vtt"
        note = source.kind is SourceKind.NOTE
        say = lease.stage("Reading", 0.05, 0.93)
        written = table.read(
            self._library.files.path(sha256), name, note=note, alive=lambda: say(0.0)
        )
        origin = "note" if note else "import"
        with lease.transaction() as (db, row):
            transcripts.save_version(
                db, row, written.segments, origin=origin, language=written.language
            )
            row.session.language = row.session.language or written.language
            jobs.finish_stage(db, row, Stage.TRANSCRIBED)
        return row

    def _listen(self, source: Source, lease: Lease) -> Source:
        """Let Whisper hear the recording, block by block; finished blocks outlive a crash."""
        pcm = self._pcm(source.id)
        if not pcm.is_file():  # somebody emptied the work folder; the original is still there
            source = self._decode(source, lease)
        with self._library.reading() as db:
            done = [kept_blocks.block_from(kept) for kept in heard_blocks.of(db, source.id)]
            session = sources.get(db, source.id).session
            language = session.language or _language(done)
            hints = hints_for(db, session)
        transcriber, known = self._transcriber(source.whisper_model), len(done)
        for channel, sound, say in self._sounds(source.id, lease):
            for heard in transcriber.transcribe(
                sound,
                language=language or _language(done) or None,
                hints=hints,
                progress=say,
                start_block=sum(block.channel == channel for block in done),
            ):
                block = replace(heard, number=len(done), channel=channel)
                with lease.transaction() as (db, row):
                    heard_blocks.keep(db, row, block.number, kept_blocks.content_of(block))
                done.append(block)
        last_try = len(done) == known and jobs.is_last_try(source)
        segments, notice = self._tell_apart(source, lease, done, last_try=last_try)
        like = recognising.proposals(self._library, source.id, pcm, segments, self._voices)
        language = language or _language(done)
        with lease.transaction() as (db, row):
            voice_prints.propose(db, row.id, like)
            if notice is not None:
                others = [one for one in row.notices if one["kind"] != notice.kind]
                row.notices = [*others, asdict(notice)]
            relistening.save_heard(db, row, segments, model=transcriber.model, language=language)
            row.session.language = row.session.language or language
            jobs.finish_stage(db, row, Stage.TRANSCRIBED)
        return row

    def _sounds(
        self, source_id: int, lease: Lease
    ) -> Iterator[tuple[int | None, Path, Callable[[float], None]]]:
        """What is listened to: the recording, or each channel of it where each is one person's."""
        channels = [self._channel(source_id, number) for number in range(2)]
        if not all(path.is_file() for path in channels):
            yield None, self._pcm(source_id), lease.stage("Listening", 0.05, HEARD)
            return
        middle = (0.05 + HEARD) / 2
        yield 0, channels[0], lease.stage("Listening", 0.05, middle)
        yield 1, channels[1], lease.stage("Listening", middle, HEARD)

    def _tell_apart(
        self, source: Source, lease: Lease, blocks: list[Block], *, last_try: bool
    ) -> tuple[list[SegmentDraft], Notice | None]:
        """The transcript with its speakers; after two crashes in this stage, without them."""
        if last_try and all(block.channel is None for block in blocks):
            return kept_blocks.segments_of(blocks), telling.FAILED
        with self._library.reading() as db:
            people = len(sources.get(db, source.id).session.participants)
        return telling.told_apart(
            self._pcm(source.id),
            blocks,
            self._voices,
            people=people if people > 1 else None,
            progress=lease.stage("Telling the speakers apart", HEARD, 0.93),
            at_once=self._library.settings.at_once,
        )

    def _index(self, source: Source, lease: Lease) -> None:
        """Cut the transcript into passages, embed them, and let them be found, all at once."""
        embedder, say = self._embedder(), lease.stage("Indexing", 0.93, 1.0)
        while True:
            with self._library.reading() as db:
                version = transcripts.current_version(db, source.id)
                drafts = transcripts.drafts_of(db, version.id) if version else []
                coming = revising.prepare_afresh(_Telling(embedder, say), source, drafts)
            with lease.transaction() as (db, row):
                now = transcripts.current_version(db, source.id)
                if now is not None and version is not None and now.id != version.id:
                    continue  # somebody saved a correction meanwhile
                if now is not None:
                    revising.index(db, row, now, coming)
                jobs.finish_stage(db, row, Stage.INDEXED)
                return

    # -- what the stages share --------------------------------------------------------------------

    def _make_web_copy(self, original: Path, lease: Lease) -> tuple[str, str]:
        """A copy that every browser plays, on the transcript's clock; gives hash and type."""
        with self._library.files.temporary(webcopy.SUFFIX) as path:
            say = lease.stage("Preparing the sound", 0.03, 0.05)
            webcopy.make_web_copy(original, path, say)
            return self._library.files.adopt(path)[0], webcopy.MEDIA_TYPE

    def _check_length(self, probe: Probe) -> None:
        limit = self._library.settings.max_hours * 3600
        if probe.duration is not None and probe.duration > limit:
            raise InvalidInputError(
                f"This recording is {clock(probe.duration)} long; this library takes up to "
                f"{clock(limit)}. Cut it into parts, or ask the administrator to raise the limit."
            )

    def _channel(self, source_id: int, number: int) -> Path:
        return self._pcm(source_id).with_name(f"channel{number}.pcm")

    def _pcm(self, source_id: int) -> Path:
        return self._library.files.work_folder(source_id) / "sound.pcm"

    @contextmanager
    def _failures_said(self, source_id: int) -> Iterator[None]:
        """Turn what goes wrong into a sentence in the source's row; the original stays safe.

        What is no fault of the source is raised again, and the source waits.
        """
        try:
            yield
        except StoppedError:
            log.info("source %s: stopped by its people", source_id)
        except PASSING as error:
            with self._library.transaction() as db:
                jobs.give_back(db, self._worker, str(error))
            raise
        except MemoryError:
            log.exception("source %s", source_id)
            with self._library.transaction() as db:
                jobs.take_over(db, crashed=True)
        except LibraryError as error:
            self._fail(source_id, str(error))
        except Exception:
            log.exception("source %s", source_id)
            self._fail(
                source_id,
                "Something went wrong that we did not expect. The original is safe; press Try "
                "again, or send the administrator the worker's log.",
            )

    def _fail(self, source_id: int, sentence: str) -> None:
        with self._library.transaction() as db:
            jobs.fail(db, source_id, sentence)


class _Telling:
    """An embedder that says how far it is, between batches."""

    def __init__(self, embedder: Embedder, say: Callable[[float], None]) -> None:
        self.model, self.dimension = embedder.model, embedder.dimension
        self.words = embedder.words
        self._embedder, self._say = embedder, say

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length for each text."""
        rows = []
        for first in range(0, len(texts), EMBED_AT_ONCE):
            rows.append(self._embedder.embed(texts[first : first + EMBED_AT_ONCE]))
            self._say(min(1.0, (first + EMBED_AT_ONCE) / len(texts)))
        return np.concatenate(rows)


def _language(blocks: list[Block]) -> str:
    """The language that was found where somebody first spoke; empty when nobody did."""
    return next((block.language for block in blocks if block.language), "")
