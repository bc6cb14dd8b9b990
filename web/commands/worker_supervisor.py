"""Supervisor of the worker process of `living-history serve`."""

import logging
import subprocess
import threading
import time

from library import storage_errors, worker_lock
from library.settings import Settings
from web.commands.processes import start_worker

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds for the worker to exit after SIGTERM, before it is killed
SOON = 1.0  # seconds before a worker that ended is started again
LATE = 60.0  # seconds; the delay doubles after repeated failed starts, up to this maximum
LIVED = 20.0  # seconds; a worker that ended sooner counts as a failed start
QUICKLY = 3  # consecutive failed starts before the delay grows


class WorkerSupervisor:
    """Supervisor that starts one worker and restarts it after it ends.

    No worker is started while another worker holds the lock of the home folder.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = 0  # consecutive failed starts, see `LIVED`
        self._thread = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the worker. It continues the unfinished work at its next start."""
        self._stopping.set()
        if self._process is not None:
            self._process.terminate()
        self._thread.join(PATIENCE)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self._thread.join()

    def _supervise(self) -> None:
        """Run workers one after the other until `stop` is called.

        All workers are started by this long-lived thread. Linux sends the parent death signal
        (prctl(2)) when the thread that started a process ends, not its parent process.
        """
        code, waiting = 0, False
        while not self._stopping.is_set():
            try:
                if worker_lock.is_free(self._settings.home):
                    code, waiting = self._run(code), False
                elif not waiting:
                    log.warning(
                        "Another worker is running for this library. This site waits until it ends."
                    )
                    code, waiting = 0, True
            except OSError as error:
                log.error(  # noqa: TRY400
                    "The worker cannot be started: %s",
                    storage_errors.to_library_error(error) or error,
                )
                self._ended += 1
            except Exception:
                log.exception("The worker cannot be started")
                self._ended += 1
            self._stopping.wait(min(LATE, SOON * 2 ** max(0, self._ended - QUICKLY)))

    def _run(self, last_code: int) -> int:
        """Start a worker, wait until it ends and return its exit code, negative for a signal.

        The new worker gets *last_code*, the exit code of the previous worker.
        """
        begun = time.monotonic()
        self._process = start_worker(self._settings, after=last_code)
        if self._stopping.is_set():  # `stop` was called during the start
            self._process.terminate()
        code = self._process.wait()
        self._ended = 0 if time.monotonic() - begun > LIVED else self._ended + 1
        if not self._stopping.is_set():
            log.warning("The worker ended with exit code %s. It is started again.", code)
        return code
