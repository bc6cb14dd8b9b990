"""Background threads survive what goes wrong, and a thread that ends ends its process."""

import subprocess
import sys
import threading

import pytest

from library import rounds
from library.errors import NotReadyError

LEAVING = """
import logging, sys, threading
from library.rounds import go_round
logging.basicConfig()
def leave():
    raise SystemExit
go_round("leaving", leave, every=0, stop=threading.Event())
threading.Event().wait(120)
"""


@pytest.mark.parametrize("error", [NotReadyError("Busy."), ValueError("a bug"), MemoryError()])
def test_an_error_ends_no_thread(error, caplog):
    """After an error of any kind the next round comes, and the log has what happened."""
    stop, seen = threading.Event(), []

    def act() -> None:
        seen.append(1)
        if len(seen) < 3:
            raise error
        stop.set()

    rounds.go_round("trying", act, every=0.0, stop=stop, patience=0.0).join(120)

    assert len(seen) == 3
    assert "trying" in caplog.text


def test_what_nobody_expected_is_logged_with_its_traceback(caplog):
    """A bug is found in the log; what passes is one line there."""
    stop, errors = threading.Event(), [NotReadyError("Busy."), KeyError("a bug")]

    def act() -> None:
        if errors:
            raise errors.pop()
        stop.set()

    rounds.go_round("trying", act, every=0.0, stop=stop, patience=0.0).join(120)

    assert "KeyError" in caplog.text
    assert caplog.text.count("Traceback") == 1


def test_a_thread_that_ends_ends_its_process():
    """Whoever started the process sees that it is gone, and starts it again."""
    done = subprocess.run(
        [sys.executable, "-c", LEAVING], capture_output=True, text=True, timeout=300, check=False
    )

    assert done.returncode == 70
    assert "leaving" in done.stderr
