"""Formats whose readers a hostile file could lead astray are read in a process of their own.

The process has a limit of memory and of processor time that the system keeps (RLIMIT_AS and
RLIMIT_CPU), so that whatever is in a file costs one import and never the worker.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ingest.readers.written import Written
from library.editing.segments import SegmentDraft
from library.errors import InvalidInputError, LibraryError

MEMORY = 768 * 1024 * 1024  # bytes of addresses
PROCESSOR = 60  # seconds
PATIENCE = 180.0  # seconds on the clock
LOOK_EVERY = 0.25  # seconds
LARGEST_ANSWER = 256 * 1024 * 1024  # bytes on disk


def read(
    form: str,
    path: Path,
    filename: str,
    alive: Callable[[], None],
    *,
    processor: int = PROCESSOR,
    memory: int = MEMORY,
) -> Written:
    """What the reader of the format named *form* finds in a file.

    Raises:
        InvalidInputError: what the reader says, or that it took too much memory or time.
    """
    with tempfile.TemporaryFile() as answer:
        command = [sys.executable, "-m", "ingest.readers.confined"]
        process = subprocess.Popen(  # noqa: S603 - our own program, with values and no shell
            [*command, form, str(path), filename, str(processor), str(memory)],
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        try:
            _await(process, alive)
        finally:
            process.kill()
            process.wait()
        answer.seek(0)
        return _understood(answer.read(), filename, process.returncode)


def _await(process: "subprocess.Popen[bytes]", alive: Callable[[], None]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            process.wait(LOOK_EVERY)
        except subprocess.TimeoutExpired:
            alive()
        else:
            return


def _understood(answer: bytes, filename: str, code: int) -> Written:
    try:
        told: dict[str, Any] = json.loads(answer) if code == 0 else {}
    except ValueError:
        told = {}
    if "refused" in told:
        raise InvalidInputError(told["refused"])
    if "segments" not in told:
        raise InvalidInputError(
            f"{filename} needs more memory or time to be read than any document should, so the "
            "work on it was stopped. Save its words as plain text, and add that."
        )
    segments = [
        SegmentDraft(**{**one, "words": [(w[0], w[1], w[2], w[3]) for w in one["words"]]})
        for one in told["segments"]
    ]
    return Written(segments=segments, language=told["language"])


def main(form: str, path: str, filename: str, processor: str, memory: str) -> None:
    """Read one file under the limits and print what was found, or why not, as JSON."""
    from ingest.readers.formats import FORMATS

    reader = next(one for one in FORMATS if one.name == form)
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(processor), int(processor)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_ANSWER, LARGEST_ANSWER))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        written = reader.read(Path(path).read_bytes(), filename)
        said = json.dumps(
            {"segments": [asdict(one) for one in written.segments], "language": written.language}
        )
    except LibraryError as error:
        said = json.dumps({"refused": str(error)})
    except RecursionError:
        said = json.dumps({"refused": f"{filename} is nested too deeply to be read."})
    sys.stdout.write(said)


if __name__ == "__main__":
    main(*sys.argv[1:])
