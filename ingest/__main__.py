"""Entry point of the worker process: `python -m ingest`."""

import argparse
import ctypes
import logging
import os
import signal
import sys

from ingest.worker import Worker
from library import home_folder, storage_errors, worker_lock
from library.errors import LibraryError
from library.settings import Settings, read_settings
from library.store import open_library

ARENAS = -8
"""Option of mallopt(3) that limits the number of malloc arenas (M_ARENA_MAX of glibc)."""

PARENT_DIED = 1
"""Option of prctl(2) that sends a signal when the parent ends (PR_SET_PDEATHSIG of Linux)."""

log = logging.getLogger(__name__)


def share_heaps(most: int = 2) -> None:
    """Limit the malloc arenas of glibc to *most* for all threads.

    With one arena for each thread, freed memory is not returned to the system. Do nothing if
    `mallopt` is missing.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(ARENAS, most)


def end_with_parent() -> None:
    """Request SIGKILL from Linux when the parent process ends. Do nothing on other systems.

    SIGKILL acts at once, while a process that loads a model can ignore other signals for half a
    minute. No data is lost, because each stage is saved as if a power failure
    could follow.
    """
    set_option = getattr(ctypes.CDLL(None), "prctl", None)
    if set_option is not None:
        set_option(PARENT_DIED, int(signal.SIGKILL))


def main() -> None:
    """Run the worker with the settings of the environment.

    A library error, or a disk error, is logged and ends the process with EX_CONFIG.
    """
    home_folder.write_privately()
    arguments = _arguments()
    if arguments.parent is not None:
        end_with_parent()
    share_heaps()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker: %(message)s")
    for chatty in ("faster_whisper", "alembic", "sentence_transformers", "huey"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        _work(read_settings(), arguments)
    except (LibraryError, OSError) as error:
        if not isinstance(error, LibraryError) and storage_errors.to_library_error(error) is None:
            raise
        error = storage_errors.to_library_error(error) or error
        log.error("%s", error)  # noqa: TRY400 - the message is enough for the log
        sys.exit(os.EX_CONFIG)
    # A normal exit would wait for a thread in which Whisper may still decode. All data that must
    # be stored is stored by now.
    os._exit(0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ingest", description="Process waiting jobs.")
    parser.add_argument("--until-idle", action="store_true", help="End when all jobs are done.")
    parser.add_argument(
        "--parent", type=int, help="Id of the parent process. The worker ends with it."
    )
    parser.add_argument("--after", type=int, default=0, help="Exit code of the previous worker.")
    return parser.parse_args()


def _work(settings: Settings, arguments: argparse.Namespace) -> None:
    """Run the only worker of the home folder. Return at once if another worker has the lock."""
    home_folder.prepare(settings.home)
    if not worker_lock.is_ours(arguments.parent):
        return
    place = worker_lock.take(settings.home)
    if place is None:
        log.warning("Another worker runs for this library, so this one ends.")
        return
    library = open_library(settings)
    if open_still := home_folder.tighten(settings.home):
        log.warning(open_still)
    worker = Worker(library, parent=arguments.parent, after=arguments.after)
    if arguments.until_idle:
        worker.run_until_idle()
    else:
        worker.run()


if __name__ == "__main__":
    main()
