"""Tests of background threads: an error ends no thread. The end of a thread stops the process."""

import subprocess
import sys
import threading

import pytest

from library import background_threads
from library.errors import NotReadyError

ENDING_THREAD = """
import logging, sys, threading
from library.background_threads import start_periodic
logging.basicConfig()
def leave():
    raise SystemExit
start_periodic("leaving", leave, every=0, stop=threading.Event())
threading.Event().wait(120)
"""


@pytest.mark.parametrize("error", [NotReadyError("Busy."), ValueError("a bug"), MemoryError()])
def test_an_error_ends_no_thread(error, caplog):
    """After any error a background thread runs its next round. The log contains the error."""
    stop, seen = threading.Event(), []

    def act() -> None:
        seen.append(1)
        if len(seen) < 3:
            raise error
        stop.set()

    background_threads.start_periodic("trying", act, every=0.0, stop=stop, patience=0.0).join(120)

    assert len(seen) == 3
    assert "trying" in caplog.text


def test_an_unexpected_error_is_logged_with_its_traceback(caplog):
    """An unexpected error is logged with its traceback. An expected error has no traceback."""
    stop, errors = threading.Event(), [NotReadyError("Busy."), KeyError("a bug")]

    def act() -> None:
        if errors:
            raise errors.pop()
        stop.set()

    background_threads.start_periodic("trying", act, every=0.0, stop=stop, patience=0.0).join(120)

    assert "KeyError" in caplog.text
    assert caplog.text.count("Traceback") == 1


def test_a_thread_that_ends_ends_its_process():
    """If a background thread ends, its process stops with exit code 70."""
    done = subprocess.run(
        [sys.executable, "-c", ENDING_THREAD],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 70
    assert "leaving" in done.stderr
