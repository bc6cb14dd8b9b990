"""`python -m ingest`: the worker process.

With `--until-idle` it ends when all work is done, with `--with-parent` when its parent ends.
"""

import ctypes
import logging
import os
import sys

from ingest.worker import Worker
from library.settings import read_settings
from library.store import open_library

ARENAS = -8
"""glibc's M_ARENA_MAX (mallopt(3))."""


def share_heaps(most: int = 2) -> None:
    """Let all threads share *most* heaps: with one each, what they free is not given back.

    Where the C library is not glibc nothing happens.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(ARENAS, most)


def main() -> None:
    """Run the worker with the settings of the environment."""
    share_heaps()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker: %(message)s")
    for chatty in ("faster_whisper", "alembic", "sentence_transformers", "huey"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    worker = Worker(open_library(read_settings()))
    if "--until-idle" in sys.argv[1:]:
        worker.run_until_idle()
        return
    worker.run(parent=os.getppid() if "--with-parent" in sys.argv[1:] else None)
    # Whisper may be in the middle of a window in its own thread, which Python would wait for;
    # everything that must be kept is kept by now.
    os._exit(0)


if __name__ == "__main__":
    main()
