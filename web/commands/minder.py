"""Keeping one worker running beside the site."""

import logging
import subprocess
import threading
import time

from library import damage, worker_place
from library.settings import Settings
from web.commands.processes import start_worker

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds that the worker gets to put its things away
SOON = 1.0  # seconds until a worker that ended is started again
LATE = 60.0  # the longest such wait
LIVED = 20.0  # seconds after which a worker that ended had begun to work
QUICKLY = 3  # times in a row that a worker may end sooner before the waits grow


class Minder:
    """Keeps one worker running: one that ends is started again after a moment.

    While another worker has the home's one place, none is started.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = 0  # times in a row that a worker ended before it had begun to work
        self._thread = threading.Thread(target=self._mind, name="minder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the worker; what it was doing goes on at the next start."""
        self._stopping.set()
        if self._process is not None:
            self._process.terminate()
        self._thread.join(PATIENCE)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self._thread.join()

    def _mind(self) -> None:
        """Run one worker after the other until the site stops.

        All are started by this thread, which lives as long as they do: Linux takes a worker's
        parent for ended when the thread ends that started it.
        """
        code, waiting = 0, False
        while not self._stopping.is_set():
            try:
                if worker_place.is_free(self._settings.home):
                    code, waiting = self._run(code), False
                elif not waiting:
                    log.warning(
                        "Another worker works on this library; this site starts none until it ends."
                    )
                    code, waiting = 0, True
            except OSError as error:
                log.error("the worker cannot be started: %s", damage.named(error) or error)  # noqa: TRY400
                self._ended += 1
            except Exception:
                log.exception("the worker cannot be started")
                self._ended += 1
            self._stopping.wait(min(LATE, SOON * 2 ** max(0, self._ended - QUICKLY)))

    def _run(self, last_code: int) -> int:
        """Start a worker and wait for its end; gives its exit code, negative for a signal."""
        begun = time.monotonic()
        self._process = start_worker(self._settings, after=last_code)
        if self._stopping.is_set():  # the site stopped in this moment
            self._process.terminate()
        code = self._process.wait()
        self._ended = 0 if time.monotonic() - begun > LIVED else self._ended + 1
        if not self._stopping.is_set():
            log.warning("the worker ended with code %s; it is started again", code)
        return code
