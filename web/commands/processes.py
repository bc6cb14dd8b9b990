"""The processes beside a command: they work on the same library."""

import os
import subprocess
import sys

from library.settings import Settings


def start_worker(settings: Settings, *options: str) -> subprocess.Popen[bytes]:
    """A worker process of its own: the web side never loads Whisper."""
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "ingest", *options],
        env=environment_of(settings),
        start_new_session=True,  # Ctrl-C is for us; we tell the worker ourselves
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of a process that works on the same library."""
    return os.environ | {
        "LIVING_HISTORY_HOME": str(settings.home.resolve()),
        "OMP_NUM_THREADS": str(settings.threads),  # more threads than free cores collapse
    }
