"""Worker process. Takes its jobs from the rows of sources and processes them one by one."""

import logging
import os
import signal
import socket
import threading
from datetime import timedelta
from functools import partial

from ingest.asr.transcriber import Transcriber, open_transcriber
from ingest.diarization import identification
from ingest.media.clips import ClipCutter
from ingest.pipeline import Pipeline
from ingest.tasks.housekeeping import Housekeeping
from ingest.tasks.watched_folder import WatchedFolder, watched
from ingest.tasks.webhook_delivery import WebhookSender
from library import idempotency, worker_lock, working_folders
from library.background_threads import start_periodic
from library.capture import uploads
from library.notifications import webhooks
from library.preservation import referenced_files
from library.publishing import clips
from library.queue import WorkQueue
from library.removal.compaction import Compactor, finish_now
from library.sessions import jobs
from library.store import Library
from search.embedding.embedder import Embedder, open_embedder
from search.embedding.speaker_models import SpeakerModels, open_speaker_models
from search.forget import forget as forget_passages
from search.topics.suggestion_job import Classifier

log = logging.getLogger(__name__)

CLASSIFY_EVERY = 2.0  # seconds between two checks for sessions without suggested topics
CUT_EVERY = 0.3  # seconds between two checks for clips; short, because a page waits for them
LOOK_EVERY = 1.0  # seconds between two checks for jobs whose request was lost
LEARN_EVERY = 5.0  # seconds between two checks for newly named speakers
CLEAR_EVERY = 3600.0  # seconds between two deletions of abandoned uploads
SILENT_FOR = timedelta(minutes=30)  # a stage counts as hanging after this time without a heartbeat


class Worker:
    """Worker of one library. Opens each model on first use.

    Args:
        library: The library whose jobs are processed.
        parent: Process id of the supervisor, with which the worker ends; None if there is none.
        after: Exit code of the previous worker; negative for a signal.
    """

    def __init__(self, library: Library, *, parent: int | None = None, after: int = 0) -> None:
        self._library = library
        library.forget_passages = partial(forget_passages, library.settings)
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._parent, self._after = parent, after
        self._stop = threading.Event()
        self._transcriber: Transcriber | None = None
        self._model = ""
        self._embedder: Embedder | None = None
        self._speaker_models: SpeakerModels | None = None
        self._pipeline = Pipeline(
            library,
            transcriber=self._open_transcriber,
            embedder=self._open_embedder,
            worker=self._name,
            voices=self._open_speaker_models,
        )
        self._cutter = ClipCutter(library)
        self._classifier = Classifier(library)
        self._opening = threading.Lock()  # for the embedder, which several threads use
        self._queue = WorkQueue(library.settings.home)
        self._folder: WatchedFolder | None = None

    def run(self) -> None:
        """Run all tasks until SIGINT or SIGTERM. The next start continues unfinished jobs."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop.set())
        self._take_over()
        housekeeping = Housekeeping(self._library, self._open_embedder)
        sender = WebhookSender(self._library)
        for name, act, every in (
            ("dispatcher", self._dispatch, LOOK_EVERY),
            ("work", self._work, 0.0),
            ("watched folder", self._watch, LOOK_EVERY),
            ("removals", Compactor(self._library).step, LOOK_EVERY),
            ("clearing", self._clear, CLEAR_EVERY),
            ("webhooks", sender.send_due, LOOK_EVERY),
            ("clips", self._cutter.cut_waiting, CUT_EVERY),
            ("voices", self._enroll_speakers, LEARN_EVERY),
            ("topics", self._classify, CLASSIFY_EVERY),
            ("housekeeping", housekeeping.run_once, housekeeping.every),
        ):
            start_periodic(name, act, every=every, stop=self._stop)
        while not self._stop.wait(LOOK_EVERY):
            pass  # Python handles signals between two waits
        with self._library.transaction() as db:
            jobs.give_back(db, self._name)

    def run_until_idle(self) -> None:
        """Process all waiting jobs, then return. Used by the command line and by tests."""
        self._take_over()
        while True:
            with self._library.reading() as db:
                waiting = jobs.unfinished(db)
            if not (self._cutter.cut_waiting() or waiting or self._learn()):
                while self._classifier.is_behind() and self._classifier.step(self._open_embedder()):
                    pass
                finish_now(self._library)
                return
            for source_id in waiting:
                self._pipeline.take_in(source_id)

    def _take_over(self) -> None:
        """Release the leases of the previous worker, count its crash, and delete its old files."""
        with self._library.transaction() as db:
            resumed = jobs.take_over(db, crashed=jobs.is_crash(self._after))
            busy = set(jobs.unfinished(db))
        if resumed:
            log.info("continuing %d sources of a stopped worker", resumed)
        self._library.files.clear_idle_work(busy)
        referenced_files.clear_left_over(self._library.files)

    def _work(self) -> None:
        """Process waiting sources, those with the fewest attempts first.

        The queue only wakes this thread. The waiting sources are read from the database.
        """
        self._queue.wait(LOOK_EVERY, self._stop)
        while not self._stop.is_set():
            with self._library.reading() as db:
                waiting = jobs.unfinished(db, self._name)
            if not waiting:
                return
            self._pipeline.take_in(waiting[0])

    def _dispatch(self) -> None:
        """Stop this process if its supervisor ended, the library was updated, or a job hangs."""
        if not worker_lock.is_ours(self._parent):
            log.warning("the supervisor of this worker has ended, so the worker ends")
            self._stop.set()
        elif not self._library.is_current():
            log.warning("the library was updated; this worker has the previous version and ends")
            os._exit(os.EX_TEMPFAIL)  # releasing leases would write to the newer schema
        else:
            self._end_if_hanging()

    def _watch(self) -> None:
        """Import files from the watched folder and queue their sources."""
        if self._folder is None:
            self._folder = watched(self._library)
        for source_id in self._folder.look() if self._folder is not None else []:
            self._queue.request(source_id)

    def _clear(self) -> None:
        """Delete expired uploads, old clips, temporary files and old log entries."""
        uploads.clear_expired(self._library)
        clips.delete_stale(self._library)
        self._library.files.clear_left_over()
        working_folders.clear(self._library.settings.home, working_folders.IMPORT)
        idempotency.clear_old(self._library)
        webhooks.clear_old(self._library)

    def _enroll_speakers(self) -> None:
        """Compute voice prints of named speakers who consented to speaker identification."""
        while self._learn() and not self._stop.is_set():
            pass

    def _learn(self) -> bool:
        return identification.enroll(self._library, self._open_speaker_models)

    def _classify(self) -> None:
        """Suggest topics for new sessions, and for all sessions after a vocabulary change."""
        while not self._stop.is_set() and self._classifier.is_behind():
            self._classifier.step(self._open_embedder())

    def _end_if_hanging(self) -> None:
        """End this process if a job sends no heartbeat. The supervisor starts a new worker.

        A thread that hangs in native code cannot be stopped from another thread. A hang counts as
        a crash, so that the number of attempts is limited.
        """
        with self._library.reading() as db:
            silent = jobs.without_heartbeat(db, self._name, SILENT_FOR)
        if silent:
            log.error("source %s sends no heartbeat; this worker ends", silent[0])
            with self._library.transaction() as db:
                jobs.take_over(db, crashed=True)
            os._exit(os.EX_TEMPFAIL)

    def _open_transcriber(self, model: str) -> Transcriber:
        """Return a transcriber with the Whisper model *model*; "" means the configured model.

        Only one model is in memory at a time.

        Raises:
            WeightsError: The files of the model are missing or wrong, or the model is not offered.
        """
        if self._transcriber is None or self._model != model:
            self._transcriber, self._model = None, model
            self._transcriber = open_transcriber(self._library.settings, model)
        return self._transcriber

    def _open_embedder(self) -> Embedder:
        with self._opening:
            self._embedder = self._embedder or open_embedder(self._library.settings)
            return self._embedder

    def _open_speaker_models(self) -> SpeakerModels | None:
        self._speaker_models = self._speaker_models or open_speaker_models(self._library.settings)
        return self._speaker_models
