"""A library that is really served: `living-history serve` in a process of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

STARTS_WITHIN = 300.0  # seconds; a busy machine imports slowly
COMMAND = (sys.executable, "-m", "web")


@dataclass
class Served:
    """A running server: where it is, what it printed, and its process."""

    address: str
    setup_link: str
    process: "subprocess.Popen[str]"

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Close it as Ctrl-C does, or by another signal; gives its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(120)
        self._let_go()
        return code

    def kill(self) -> None:
        """End it without a chance to put anything away."""
        self.process.kill()
        self.process.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()


def start(
    home: Path,
    *options: str,
    command: Sequence[str] = COMMAND,
    log: str = "",
    **env: str,
) -> Served:
    """A server of the library in *home* on a free port; *log*: a file for what it says besides."""
    with ExitStack() as kept:
        process = subprocess.Popen(
            [*command, "--home", str(home), "serve", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=kept.enter_context(Path(log).open("w")) if log else None,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"} | env,
        )
    said = _read_until_open(process)
    served = Served(
        address=_found(r"http://\S+", said),
        setup_link=_found(r"http://\S+/setup/\S+", said),
        process=process,
    )
    _wait_until_it_answers(served.address)
    return served


@contextmanager
def serving(home: Path, *options: str, log: str = "", **env: str) -> Iterator[Served]:
    """A server that is closed at the end, whatever happened."""
    served = start(home, *options, log=log, **env)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.stop()


def wait_for(condition: "Iterator[bool]", *, seconds: float, what: str) -> None:
    """Come back as soon as *condition* gives True.

    Raises:
        AssertionError: it did not within *seconds*.
    """
    until = time.monotonic() + seconds
    for holds in condition:
        if holds:
            return
        assert time.monotonic() < until, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.1)


def _read_until_open(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Ctrl-C"):
            return said
    raise AssertionError(f"the server ended with {process.wait()} after saying:\n{said}")


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match.group(0) if match else ""


def _wait_until_it_answers(address: str) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        try:
            with urlopen(f"{address}/healthz", timeout=30):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")
