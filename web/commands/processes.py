"""Child processes of a command that use the same library."""

import os
import subprocess
import sys

from library.settings import Settings


def start_worker(settings: Settings, *options: str, after: int = 0) -> "subprocess.Popen[bytes]":
    """Start a worker process, which ends when this process ends.

    Args:
        settings: Settings of the library.
        options: Further command-line options, such as `--until-idle`.
        after: Exit code of the previous worker. It shows whether a recording crashed that worker.
    """
    about = ("--parent", str(os.getpid()), "--after", str(after))
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "ingest", *about, *options],
        env=environment_of(settings),
        start_new_session=True,  # Ctrl-C must not reach the worker: it is stopped by this process
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment variables of a child process that uses the same library."""
    return os.environ | {
        "LIVING_HISTORY_HOME": str(settings.home.resolve()),
        "OMP_NUM_THREADS": str(settings.threads),  # more threads than free cores run slower
    }
