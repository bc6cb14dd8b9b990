"""Sandbox process for readers of formats that a hostile file can attack.

The system limits the memory and processor time of the process (RLIMIT_AS and RLIMIT_CPU). A hostile
file can make its own import fail, but cannot stop the worker.
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

from ingest.readers.document import Written
from library.errors import InvalidInputError, LibraryError
from library.sessions.segments import SegmentDraft
from library.translation import gettext

MEMORY = 768 * 1024 * 1024  # bytes of address space
PROCESSOR = 60  # seconds of processor time
PATIENCE = 180.0  # seconds of elapsed time
LOOK_EVERY = 0.25  # seconds between two heartbeats
LARGEST_ANSWER = 256 * 1024 * 1024  # maximum size of the output in bytes


def read(
    form: str,
    path: Path,
    filename: str,
    alive: Callable[[], None],
    *,
    processor: int = PROCESSOR,
    memory: int = MEMORY,
) -> Written:
    """Read a file with the reader of the format named *form*, in a process with limits.

    Args:
        form: Name of the format, as in `formats.FORMATS`.
        path: Path of the stored file.
        filename: Name of the file as uploaded, for messages.
        alive: Heartbeat, called every `LOOK_EVERY` seconds. May raise to stop.
        processor: Limit of processor time in seconds.
        memory: Limit of address space in bytes.

    Raises:
        InvalidInputError: The reader rejects the file, or it needs too much memory or time.
    """
    with tempfile.TemporaryFile() as answer:
        command = [sys.executable, "-m", "ingest.readers.sandbox"]
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
        reply: dict[str, Any] = json.loads(answer) if code == 0 else {}
    except ValueError:
        reply = {}
    if "refused" in reply:
        raise InvalidInputError(reply["refused"])
    if "segments" not in reply:
        raise InvalidInputError(
            "%(filename)s needs more memory or time than the limits for one document, so it "
            "was not read. Save its words as plain text and add that file.",
            filename=filename,
        )
    segments = [
        SegmentDraft(**{**item, "words": [(w[0], w[1], w[2], w[3]) for w in item["words"]]})
        for item in reply["segments"]
    ]
    return Written(segments=segments, language=reply["language"])


def main(form: str, path: str, filename: str, processor: str, memory: str) -> None:
    """Read one file under the limits and print the segments, or the error, as JSON."""
    from ingest.readers.formats import FORMATS

    reader = next(item for item in FORMATS if item.name == form)
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(processor), int(processor)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_ANSWER, LARGEST_ANSWER))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        written = reader.read(Path(path).read_bytes(), filename)
        output = json.dumps(
            {"segments": [asdict(item) for item in written.segments], "language": written.language}
        )
    except LibraryError as error:
        output = json.dumps({"refused": str(error)})
    except RecursionError:
        refused = gettext(
            "%(filename)s is nested too deeply to be read. Save its words as plain text.",
            filename=filename,
        )
        output = json.dumps({"refused": refused})
    sys.stdout.write(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
