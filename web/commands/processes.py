"""The processes beside a command: they work on the same library."""

import os
import subprocess
import sys

from library.settings import Settings


def start_worker(settings: Settings, *options: str, after: int = 0) -> "subprocess.Popen[bytes]":
    """Start a worker as a process of its own, which ends with this one.

    Args:
        settings: those of the library.
        options: more for its command line, such as `--until-idle`.
        after: the exit code of the worker before it, which tells whether a recording ended it.
    """
    about = ("--parent", str(os.getpid()), "--after", str(after))
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "ingest", *about, *options],
        env=environment_of(settings),
        start_new_session=True,  # Ctrl-C is for us; we tell the worker ourselves
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of a process that works on the same library."""
    return os.environ | {
        "LIVING_HISTORY_HOME": str(settings.home.resolve()),
        "OMP_NUM_THREADS": str(settings.threads),  # more threads than free cores collapse
    }
