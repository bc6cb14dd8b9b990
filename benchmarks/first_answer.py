"""Seconds until the first answer of a new process, and its memory in MiB.

`python -m benchmarks.first_answer HOME TIME` prints both as JSON. The index must be on disk. TIME
is the start of the process in seconds since the epoch. The memory of the embedder is left out.
"""

import json
import sys
import threading
import time
from pathlib import Path

from benchmarks.spoken_data import EVERYTHING
from library.settings import Settings, read_settings
from library.store import open_library
from search.embedding.embedder import open_embedder
from search.engine import Engine


def main() -> None:
    """Ask one question and print the seconds and the memory as JSON."""
    library = open_library(Settings(home=Path(sys.argv[1])))
    embedder = open_embedder(read_settings())
    before = _resident()
    engine = Engine(library, embedder)
    engine.search("What would you tell someone who leads for the first time?", EVERYTHING)
    took = time.time() - float(sys.argv[2])
    with library.reading() as db:
        engine.snapshot(db)
    for thread in threading.enumerate():
        if thread.name == "merge-index":
            thread.join()
    print(json.dumps({"seconds": took, "mib": _resident() - before}))


def _resident() -> float:
    """Return the resident memory of this process in MiB, with mapped files."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
