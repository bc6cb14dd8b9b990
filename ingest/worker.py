"""The worker: one process that takes in one source after another; Huey carries the requests."""

import logging
import os
import signal
import socket
import threading
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

from ingest import recognising
from ingest.clips import Cutter
from ingest.keeper import Keeper
from ingest.pipeline import Pipeline
from ingest.telling_others import Messenger
from ingest.transcribe import Transcriber, WhisperTranscriber
from ingest.watch import watched
from library import webhooks
from library.capture import uploads
from library.errors import LibraryError
from library.holdings import erasure, jobs
from library.publishing import clips
from library.queue import WorkQueue
from library.searching import answered
from library.store import Library
from library.weights import whisper_weights
from search import kept
from search.classifying import Classifier
from search.embed import Embedder, open_embedder
from search.voiceprint import VoiceModels, open_voice_models

log = logging.getLogger(__name__)

CLASSIFY_EVERY = 2.0  # seconds between two looks for sessions without suggested topics
CUT_EVERY = 0.3  # seconds between two looks for clips: somebody waits for them
LOOK_EVERY = 1.0  # seconds between two looks for work whose request was lost
LEARN_EVERY = 5.0  # seconds between two looks for voices that were named
CLEAR_EVERY = 3600.0  # seconds between two clearings of uploads that nobody continued
SILENT_FOR = timedelta(minutes=30)  # without a sign of life for this long, a stage hangs


class Worker:
    """Builds the parts that the work needs, and works until it is told to stop."""

    def __init__(self, library: Library) -> None:
        self._library = library
        library.forget_passages = partial(kept.forget, library.settings)
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._parent: int | None = None
        self._stop = threading.Event()
        self._transcriber: Transcriber | None = None
        self._model = ""
        self._embedder: Embedder | None = None
        self._voice_models: VoiceModels | None = None
        self._pipeline = Pipeline(
            library,
            transcriber=self._ears,
            embedder=self._meaning,
            worker=self._name,
            voices=self._voices,
        )
        self._cutter = Cutter(library)
        self._classifier = Classifier(library)
        self._opening = threading.Lock()  # of the embedder, which two threads need
        self._queue = WorkQueue(library.settings.home, self._pipeline.take_in)

    def run(self, *, parent: int | None = None) -> None:
        """Work until SIGINT or SIGTERM; what is half done then goes on at the next start.

        With *parent*, also until the process with this id is no longer the one that started us:
        a server that was killed must not leave a worker behind.
        """
        self._parent = parent
        with self._library.transaction() as db:
            if left := jobs.give_back_all(db):
                log.info("taking up %d sources that a stopped worker left", left)
            busy = set(jobs.unfinished(db))
        self._library.files.clear_idle_work(busy)
        erasure.finish(self._library)
        lookout = threading.Thread(target=self._look_for_work, name="lookout", daemon=True)
        lookout.start()
        threading.Thread(target=self._tell_others, name="webhooks", daemon=True).start()
        threading.Thread(target=self._cut_clips, name="clips", daemon=True).start()
        threading.Thread(target=self._learn_voices, name="voices", daemon=True).start()
        threading.Thread(target=self._classify, name="topics", daemon=True).start()
        keeper = threading.Thread(
            target=Keeper(self._library, self._meaning).run,
            args=(self._stop,),
            name="keeper",
            daemon=True,
        )
        keeper.start()
        consumer = self._queue.huey.create_consumer(
            workers=1, periodic=False, check_worker_health=False
        )
        consumer.run()
        self._stop.set()
        with self._library.transaction() as db:
            jobs.give_back(db, self._name)

    def run_until_idle(self) -> None:
        """Do all the work there is, then return; for the command line and for tests."""
        while True:
            with self._library.reading() as db:
                waiting = jobs.unfinished(db)
            if not (self._cutter.cut_waiting() or waiting or self._learn()):
                while self._classifier.is_behind() and self._classifier.step(self._meaning()):
                    pass
                return
            for source_id in waiting:
                self._pipeline.take_in(source_id)

    def _cut_clips(self) -> None:
        """Cut what people wait for, also while a long recording is worked on."""
        while not self._stop.wait(CUT_EVERY):
            try:
                self._cutter.cut_waiting()
            except LibraryError as error:  # a full disk, a busy database: it is tried again
                log.warning("clips: %s", error)

    def _learn_voices(self) -> None:
        """Make prints of voices that were named and may be recognised."""
        while not self._stop.wait(LEARN_EVERY):
            try:
                while self._learn() and not self._stop.is_set():
                    pass
            except LibraryError as error:  # a full disk, a busy database: it is tried again
                log.warning("voices: %s", error)

    def _learn(self) -> bool:
        return recognising.learn(self._library, self._voices)

    def _tell_others(self) -> None:
        """Send webhooks, also while a long recording is worked on."""
        messenger = Messenger(self._library)
        while not self._stop.wait(LOOK_EVERY):
            try:
                messenger.send_due()
            except LibraryError as error:  # a busy database: it is tried again
                log.warning("webhooks: %s", error)

    def _classify(self) -> None:
        """Suggest topics for what was indexed, and for everything when the vocabulary changes."""
        while not self._stop.wait(CLASSIFY_EVERY):
            try:
                while not self._stop.is_set() and self._classifier.is_behind():
                    self._classifier.step(self._meaning())
            except LibraryError as error:  # no model, a busy database: it is tried again
                log.warning("topics: %s", error)

    def _look_for_work(self) -> None:
        """Make good for lost requests and dead workers; the rows know what is to be done."""
        cleared, folder = 0.0, watched(self._library)
        while not self._stop.wait(LOOK_EVERY):
            if self._parent is not None and os.getppid() != self._parent:
                os.kill(os.getpid(), signal.SIGTERM)
                return
            erasure.finish(self._library)
            if self._queue.huey.pending_count() == 0:
                with self._library.reading() as db:
                    waiting = jobs.unfinished(db)
                for source_id in waiting:
                    self._queue.request(source_id)
            self._end_if_hanging()
            if folder is not None:
                for source_id in folder.look():
                    self._queue.request(source_id)
            if time.monotonic() - cleared > CLEAR_EVERY:
                uploads.clear_expired(self._library)
                clips.sweep(self._library)
                self._library.files.clear_left_over()
                answered.clear_old(self._library)
                webhooks.clear_old(self._library)
                cleared = time.monotonic()

    def _end_if_hanging(self) -> None:
        """End this process when its work gives no sign of life; whoever started it starts anew.

        A thread that hangs in foreign code cannot be stopped from outside. The try is counted,
        so the third is the last.
        """
        with self._library.reading() as db:
            silent = jobs.silent(db, self._name, SILENT_FOR)
        if silent:
            log.error("source %s gives no sign of life; this worker ends", silent[0])
            os._exit(os.EX_TEMPFAIL)

    def _ears(self, model: str) -> Transcriber:
        """The Whisper called *model*, or the usual one; only one of them is in memory."""
        if self._transcriber is None or self._model != model:
            self._transcriber, self._model = None, model
            settings = self._library.settings
            weights = whisper_weights(settings, model)
            self._transcriber = WhisperTranscriber(
                Path(weights.location),
                model=weights.name,
                compute_type=settings.whisper_compute,
                threads=settings.threads,
                beam=settings.whisper_beam,
                ears=settings.at_once,
            )
        return self._transcriber

    def _meaning(self) -> Embedder:
        with self._opening:
            self._embedder = self._embedder or open_embedder(self._library.settings)
            return self._embedder

    def _voices(self) -> VoiceModels | None:
        self._voice_models = self._voice_models or open_voice_models(self._library.settings)
        return self._voice_models
