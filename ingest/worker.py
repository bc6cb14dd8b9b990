"""The worker: one process that takes in one source after another; its rows say what is to do."""

import logging
import os
import signal
import socket
import threading
from datetime import timedelta
from functools import partial
from pathlib import Path

from ingest import recognising
from ingest.clips import Cutter
from ingest.keeper import Keeper
from ingest.pipeline import Pipeline
from ingest.telling_others import Messenger
from ingest.transcribe import Transcriber, WhisperTranscriber
from ingest.watch import WatchedFolder, watched
from library import making, webhooks, worker_place
from library.capture import uploads
from library.holdings import jobs
from library.keeping import holding
from library.publishing import clips
from library.queue import WorkQueue
from library.rounds import go_round
from library.searching import answered
from library.store import Library
from library.weights import whisper_weights
from library.withdrawal.compaction import Compactor, finish_now
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
    """Builds the parts that the work needs, and works until it is told to stop.

    Args:
        library: what is worked on.
        parent: the process that started this one; the worker ends with it.
        after: the exit code of the worker before this one, negative for a signal.
    """

    def __init__(self, library: Library, *, parent: int | None = None, after: int = 0) -> None:
        self._library = library
        library.forget_passages = partial(kept.forget, library.settings)
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._parent, self._after = parent, after
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
        self._queue = WorkQueue(library.settings.home)
        self._folder: WatchedFolder | None = None

    def run(self) -> None:
        """Work until SIGINT or SIGTERM; what is half done then goes on at the next start."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop.set())
        self._take_over()
        keeper, messenger = Keeper(self._library, self._meaning), Messenger(self._library)
        for name, act, every in (
            ("lookout", self._look_out, LOOK_EVERY),
            ("work", self._work, 0.0),
            ("watched folder", self._watch, LOOK_EVERY),
            ("removals", Compactor(self._library).step, LOOK_EVERY),
            ("clearing", self._clear, CLEAR_EVERY),
            ("webhooks", messenger.send_due, LOOK_EVERY),
            ("clips", self._cutter.cut_waiting, CUT_EVERY),
            ("voices", self._learn_voices, LEARN_EVERY),
            ("topics", self._classify, CLASSIFY_EVERY),
            ("keeper", keeper.keep, keeper.every),
        ):
            go_round(name, act, every=every, stop=self._stop)
        while not self._stop.wait(LOOK_EVERY):
            pass  # signals are handled between two waits
        with self._library.transaction() as db:
            jobs.give_back(db, self._name)

    def run_until_idle(self) -> None:
        """Do all the work there is, then return; for the command line and for tests."""
        self._take_over()
        while True:
            with self._library.reading() as db:
                waiting = jobs.unfinished(db)
            if not (self._cutter.cut_waiting() or waiting or self._learn()):
                while self._classifier.is_behind() and self._classifier.step(self._meaning()):
                    pass
                finish_now(self._library)
                return
            for source_id in waiting:
                self._pipeline.take_in(source_id)

    def _take_over(self) -> None:
        """Take up what an earlier worker left; say so of a recording that had ended it."""
        with self._library.transaction() as db:
            left = jobs.take_over(db, crashed=jobs.is_crash(self._after))
            busy = set(jobs.unfinished(db))
        if left:
            log.info("taking up %d sources that a stopped worker left", left)
        self._library.files.clear_idle_work(busy)
        holding.clear_left_over(self._library.files)

    def _work(self) -> None:
        """Do what waits, the row that was tried least first; the queue only wakes."""
        self._queue.wait(LOOK_EVERY, self._stop)
        while not self._stop.is_set():
            with self._library.reading() as db:
                waiting = jobs.unfinished(db, self._name)
            if not waiting:
                return
            self._pipeline.take_in(waiting[0])

    def _look_out(self) -> None:
        """End this process when it has no site any more, its schema is old, or its work hangs."""
        if not worker_place.is_ours(self._parent):
            log.warning("the process that started this worker is gone, so it ends")
            self._stop.set()
        elif not self._library.is_current():
            log.warning("the library was updated; this worker is of the version before and ends")
            os._exit(os.EX_TEMPFAIL)  # giving work back would be writing, too
        else:
            self._end_if_hanging()

    def _watch(self) -> None:
        """Take in what was laid into the watched folder."""
        if self._folder is None:
            self._folder = watched(self._library)
        for source_id in self._folder.look() if self._folder is not None else []:
            self._queue.request(source_id)

    def _clear(self) -> None:
        """Remove what nobody continued, fetched or needs any more."""
        uploads.clear_expired(self._library)
        clips.sweep(self._library)
        self._library.files.clear_left_over()
        making.clear(self._library.settings.home, making.IMPORT)
        answered.clear_old(self._library)
        webhooks.clear_old(self._library)

    def _learn_voices(self) -> None:
        """Make prints of voices that were named and may be recognised."""
        while self._learn() and not self._stop.is_set():
            pass

    def _learn(self) -> bool:
        return recognising.learn(self._library, self._voices)

    def _classify(self) -> None:
        """Suggest topics for what was indexed, and for everything when the vocabulary changes."""
        while not self._stop.is_set() and self._classifier.is_behind():
            self._classifier.step(self._meaning())

    def _end_if_hanging(self) -> None:
        """End this process when its work gives no sign of life; whoever started it starts anew.

        A thread that hangs in foreign code cannot be stopped from outside. It counts as a crash,
        so the third is the last.
        """
        with self._library.reading() as db:
            silent = jobs.silent(db, self._name, SILENT_FOR)
        if silent:
            log.error("source %s gives no sign of life; this worker ends", silent[0])
            with self._library.transaction() as db:
                jobs.take_over(db, crashed=True)
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
