"""`python -m ingest`: the worker process."""

import argparse
import ctypes
import logging
import os
import signal
import sys

from ingest.worker import Worker
from library import damage, home, worker_place
from library.errors import LibraryError
from library.settings import Settings, read_settings
from library.store import open_library

ARENAS = -8
"""glibc's M_ARENA_MAX (mallopt(3))."""

PARENT_DIED = 1
"""Linux's PR_SET_PDEATHSIG (prctl(2))."""

log = logging.getLogger(__name__)


def share_heaps(most: int = 2) -> None:
    """Let all threads share *most* heaps: with one each, what they free is not given back.

    Where the C library is not glibc nothing happens.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(ARENAS, most)


def end_with_parent() -> None:
    """Let the system end this process when its parent ends; only Linux can.

    At once, as when the power fails: nothing is lost by that, and a process that is loading a model
    may be deaf to other signals for half a minute.
    """
    set_option = getattr(ctypes.CDLL(None), "prctl", None)
    if set_option is not None:
        set_option(PARENT_DIED, int(signal.SIGKILL))


def main() -> None:
    """Run the worker with the settings of the environment."""
    home.write_privately()
    given = _arguments()
    if given.parent is not None:
        end_with_parent()
    share_heaps()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker: %(message)s")
    for chatty in ("faster_whisper", "alembic", "sentence_transformers", "huey"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        _work(read_settings(), given)
    except (LibraryError, OSError) as error:
        if not isinstance(error, LibraryError) and damage.named(error) is None:
            raise
        error = damage.named(error) or error
        log.error("%s", error)  # noqa: TRY400 - a sentence for whoever reads the log
        sys.exit(os.EX_CONFIG)
    # Whisper may be in the middle of a window in its own thread, which Python would wait for;
    # everything that must be kept is kept by now.
    os._exit(0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ingest", description="Work on what waits.")
    parser.add_argument("--until-idle", action="store_true", help="End when all work is done.")
    parser.add_argument("--parent", type=int, help="Number of the process to end with.")
    parser.add_argument("--after", type=int, default=0, help="Exit code of the worker before.")
    return parser.parse_args()


def _work(settings: Settings, given: argparse.Namespace) -> None:
    """Work as the only worker of the home, or end at once."""
    home.prepare(settings.home)
    if not worker_place.is_ours(given.parent):
        return
    place = worker_place.take(settings.home)
    if place is None:
        log.warning("Another worker works on this library, so this one ends.")
        return
    library = open_library(settings)
    if open_still := home.tighten(settings.home):
        log.warning(open_still)
    worker = Worker(library, parent=given.parent, after=given.after)
    if given.until_idle:
        worker.run_until_idle()
    else:
        worker.run()


if __name__ == "__main__":
    main()
