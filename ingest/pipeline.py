"""Ingest pipeline for recordings, notes and transcripts.

Stages: RECEIVED -> DECODED -> TRANSCRIBED -> INDEXED. Each stage is idempotent and is saved when it
is done. After a crash, the work continues with the first stage that is not done.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from ingest.asr import blocks as asr_blocks
from ingest.asr.result import AsrBlock
from ingest.asr.transcriber import Transcriber
from ingest.diarization import identification, stage
from ingest.lease import Lease, StoppedError
from ingest.media import decode, derivative
from ingest.media import pcm as peaks
from ingest.media.media_info import Notice, Probe, clock
from ingest.media.redact_audio import apply
from ingest.readers import read
from library.errors import InvalidInputError, LibraryError, NotReadyError, StorageFullError
from library.models import Source, SourceKind, Stage
from library.sessions import asr_checkpoints, jobs, sources
from library.sessions.segments import SegmentDraft
from library.speakers import voice_prints
from library.store import Library
from library.transcripts import retranscription, versions
from library.transcripts.hotwords import hints_for
from library.translation import mark
from search.embedding.embedder import Embedder
from search.embedding.speaker_models import SpeakerModels
from search.embedding.text_vectors import Vectors
from search.indexing import save_version

log = logging.getLogger(__name__)

PEAKS_A_SECOND = 10
MOST_PEAKS = 20_000
RECOGNISED = 0.85  # progress of the job (0 to 1) when speech recognition is done
PASSING = (NotReadyError, StorageFullError)  # errors that the source does not cause
EMBED_AT_ONCE = 64  # passages between two progress reports


class Pipeline:
    """Pipeline of one worker. Processes one source at a time."""

    def __init__(
        self,
        library: Library,
        *,
        transcriber: Callable[[str], Transcriber],
        embedder: Callable[[], Embedder],
        worker: str,
        voices: Callable[[], SpeakerModels | None] = lambda: None,
    ) -> None:
        self._library = library
        self._transcriber = transcriber  # models are opened on first use: a note needs no Whisper
        self._embedder = embedder
        self._voices = voices
        self._worker = worker

    def take_in(self, source_id: int) -> None:
        """Process a source until it is ready, failed or cancelled.

        Do nothing if the lease of the source cannot be taken.

        Raises:
            NotReadyError: The library is not set up. The source waits.
            StorageFullError: The disk is full. The source waits.
        """
        with self._library.transaction() as db:
            source = jobs.claim(db, source_id, self._worker)
        if source is None:
            return
        with self._record_failures(source_id):
            lease = Lease(self._library, source_id, self._worker)
            source = apply(self._library, source, lease)
            if source.stage is Stage.RECEIVED:
                source = self._decode(source, lease)
            if source.stage is Stage.DECODED:
                source = self._transcribe(source, lease)
            self._index(source, lease)
        self._library.files.clear_work(source_id)

    # -- the stages -----------------------------------------------------------------------------

    def _decode(self, source: Source, lease: Lease) -> Source:
        """Decode a recording: PCM for Whisper, a web copy if needed, and waveform peaks.

        Raises:
            InvalidInputError: The recording is longer than the limit or has no readable sound.
        """
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
        for channel in range(2 if decoded.one_speaker_each else 0):
            decode.decode(original, into=unfinished, progress=lambda _: None, channel=channel)
            unfinished.replace(self._channel(source.id, channel))
        web = None
        if decoded.retimed or not derivative.playable_in_browsers(probe):
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
        """Transcribe a recording, or read a note or an imported transcript.

        Raises:
            InvalidInputError: The note or transcript cannot be read.
        """
        if source.kind is SourceKind.RECORDING and source.transcript_sha256 is None:
            return self._recognise(source, lease)
        sha256, name = source.sha256, source.filename
        if source.transcript_sha256 is not None:
            sha256, name = source.transcript_sha256, source.transcript_filename or "transcript.vtt"
        note = source.kind is SourceKind.NOTE
        report = lease.stage("Reading", 0.05, 0.93)
        written = read.read(
            self._library.files.path(sha256), name, note=note, alive=lambda: report(0.0)
        )
        origin = "note" if note else "import"
        with lease.transaction() as (db, row):
            versions.save_version(
                db, row, written.segments, origin=origin, language=written.language
            )
            row.session.language = row.session.language or written.language
            jobs.finish_stage(db, row, Stage.TRANSCRIBED)
        return row

    def _recognise(self, source: Source, lease: Lease) -> Source:
        """Transcribe a recording with Whisper and diarize it.

        Each finished block is a checkpoint, so that a crash repeats one block only.
        """
        pcm = self._pcm(source.id)
        if not pcm.is_file():  # the work folder was emptied; the original is still stored
            source = self._decode(source, lease)
        with self._library.reading() as db:
            done = [
                asr_blocks.block_from_dict(row) for row in asr_checkpoints.for_source(db, source.id)
            ]
            session = sources.get(db, source.id).session
            language = session.language or _language(done)
            hints = hints_for(db, session)
        transcriber, known = self._transcriber(source.whisper_model), len(done)
        for channel, sound, report in self._sounds(source.id, lease):
            for decoded in transcriber.transcribe(
                sound,
                language=language or _language(done) or None,
                hints=hints,
                progress=report,
                start_block=sum(block.channel == channel for block in done),
            ):
                block = replace(decoded, number=len(done), channel=channel)
                with lease.transaction() as (db, row):
                    asr_checkpoints.save(db, row, block.number, asr_blocks.block_to_dict(block))
                done.append(block)
        last_try = len(done) == known and jobs.is_last_try(source)
        segments, notice = self._diarize(source, lease, done, last_try=last_try)
        like = identification.proposals(self._library, source.id, pcm, segments, self._voices)
        language = language or _language(done)
        with lease.transaction() as (db, row):
            voice_prints.propose(db, row.id, like)
            if notice is not None:
                others = [one for one in row.notices if one["kind"] != notice.kind]
                row.notices = [*others, asdict(notice)]
            retranscription.save_result(
                db, row, segments, model=transcriber.model, language=language
            )
            row.session.language = row.session.language or language
            jobs.finish_stage(db, row, Stage.TRANSCRIBED)
        return row

    def _sounds(
        self, source_id: int, lease: Lease
    ) -> Iterator[tuple[int | None, Path, Callable[[float], None]]]:
        """Yield the audio to transcribe: the recording, or each channel if each has one speaker.

        Yields:
            The channel (None: the whole recording), the PCM file, and the progress callback.
        """
        channels = [self._channel(source_id, number) for number in range(2)]
        if not all(path.is_file() for path in channels):
            yield None, self._pcm(source_id), lease.stage("Listening", 0.05, RECOGNISED)
            return
        middle = (0.05 + RECOGNISED) / 2
        yield 0, channels[0], lease.stage("Listening", 0.05, middle)
        yield 1, channels[1], lease.stage("Listening", middle, RECOGNISED)

    def _diarize(
        self, source: Source, lease: Lease, blocks: list[AsrBlock], *, last_try: bool
    ) -> tuple[list[SegmentDraft], Notice | None]:
        """Return the diarized segments and a notice, if any.

        On the last attempt, skip the diarization unless each channel has its own speaker.
        """
        if last_try and all(block.channel is None for block in blocks):
            return asr_blocks.segments_of(blocks), stage.FAILED
        with self._library.reading() as db:
            people = len(sources.get(db, source.id).session.participants)
        return stage.diarize(
            self._pcm(source.id),
            blocks,
            self._voices,
            people=people if people > 1 else None,
            progress=lease.stage("Telling the speakers apart", RECOGNISED, 0.93),
            at_once=self._library.settings.at_once,
        )

    def _index(self, source: Source, lease: Lease) -> None:
        """Cut the transcript into passages, embed them and index them in one transaction.

        Repeat if the transcript was edited during the embedding.
        """
        embedder, report = self._embedder(), lease.stage("Indexing", 0.93, 1.0)
        while True:
            with self._library.reading() as db:
                version = versions.current_version(db, source.id)
                drafts = versions.drafts_of(db, version.id) if version else []
                coming = save_version.prepare_all(
                    _ReportingEmbedder(embedder, report), source, drafts
                )
            with lease.transaction() as (db, row):
                now = versions.current_version(db, source.id)
                if now is not None and version is not None and now.id != version.id:
                    continue  # the transcript was edited in the meantime
                if now is not None:
                    save_version.index(db, row, now, coming)
                jobs.finish_stage(db, row, Stage.INDEXED)
                return

    # -- helpers of the stages --------------------------------------------------------------------

    def _make_web_copy(self, original: Path, lease: Lease) -> tuple[str, str]:
        """Create a copy that every browser plays, in which the times of the transcript are correct.

        Returns:
            The SHA-256 and the media type of the copy.
        """
        with self._library.files.temporary(derivative.SUFFIX) as path:
            report = lease.stage("Preparing the sound", 0.03, 0.05)
            derivative.make_web_copy(original, path, report)
            return self._library.files.adopt(path)[0], derivative.MEDIA_TYPE

    def _check_length(self, probe: Probe) -> None:
        limit = self._library.settings.max_hours * 3600
        if probe.duration is not None and probe.duration > limit:
            raise InvalidInputError(
                "This recording is %(length)s long. The limit of this library is "
                "%(limit)s. Cut it into parts, or ask an administrator to raise the limit.",
                length=clock(probe.duration),
                limit=clock(limit),
            )

    def _channel(self, source_id: int, number: int) -> Path:
        return self._pcm(source_id).with_name(f"channel{number}.pcm")

    def _pcm(self, source_id: int) -> Path:
        return self._library.files.work_folder(source_id) / "sound.pcm"

    @contextmanager
    def _record_failures(self, source_id: int) -> Iterator[None]:
        """Record errors of the `with` block in the row of the source. The original is not changed.

        A lack of memory counts as a crash of the worker.

        Raises:
            NotReadyError: The library is not set up. The source waits.
            StorageFullError: The disk is full. The source waits.
        """
        try:
            yield
        except StoppedError:
            log.info(
                "source %s: stopped: it was cancelled, removed or leased by another worker",
                source_id,
            )
        except PASSING as error:
            with self._library.transaction() as db:
                jobs.give_back(db, self._worker, str(error))
            raise
        except MemoryError:
            log.exception("source %s: the memory was not enough", source_id)
            with self._library.transaction() as db:
                jobs.take_over(db, crashed=True)
        except LibraryError as error:
            self._fail(source_id, str(error))
        except Exception:
            log.exception("source %s: unexpected error", source_id)
            self._fail(
                source_id,
                mark(
                    "An unexpected error occurred. The original is safe. Press Try again, or ask "
                    "an administrator to check the log of the worker."
                ),
            )

    def _fail(self, source_id: int, sentence: str) -> None:
        with self._library.transaction() as db:
            jobs.fail(db, source_id, sentence)


class _ReportingEmbedder:
    """Embedder that reports its progress after each batch."""

    def __init__(self, embedder: Embedder, report: Callable[[float], None]) -> None:
        self.model, self.dimension = embedder.model, embedder.dimension
        self._embedder, self._report = embedder, report

    @property
    def words(self) -> frozenset[str]:
        """Tokenizer entries that are whole words."""
        return self._embedder.words

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each question, `(len(texts), dimension) float32`."""
        return self._embedder.embed_questions(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each passage, `(len(texts), dimension) float32`."""
        rows = []
        for first in range(0, len(texts), EMBED_AT_ONCE):
            rows.append(self._embedder.embed_passages(texts[first : first + EMBED_AT_ONCE]))
            self._report(min(1.0, (first + EMBED_AT_ONCE) / len(texts)))
        return np.concatenate(rows)


def _language(blocks: list[AsrBlock]) -> str:
    """Return the language code of the first block that has one, else ""."""
    return next((block.language for block in blocks if block.language), "")
