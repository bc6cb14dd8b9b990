"""Server of a library in a separate process: `living-history serve`."""

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

STARTS_WITHIN = 300.0  # seconds, enough on a busy machine
COMMAND = (sys.executable, "-m", "web")


@dataclass
class Served:
    """Running server, with its addresses and its process."""

    address: str
    setup_link: str
    process: "subprocess.Popen[str]"

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send SIGINT (as Ctrl-C does) or another signal to the server. Return its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(120)
        self._close_output()
        return code

    def kill(self) -> None:
        """Kill the server with SIGKILL."""
        self.process.kill()
        self.process.wait()
        self._close_output()

    def _close_output(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()


def start(
    home: Path,
    *options: str,
    command: Sequence[str] = COMMAND,
    log: str = "",
    **env: str,
) -> Served:
    """Start a server on a free port for the library in *home*. Write its stderr to *log*."""
    with ExitStack() as log_file:
        process = subprocess.Popen(
            [*command, "--home", str(home), "serve", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=log_file.enter_context(Path(log).open("w")) if log else None,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"} | env,
        )
    output = _read_until_open(process)
    served = Served(
        address=_first_match(r"http://\S+", output),
        setup_link=_first_match(r"http://\S+/setup/\S+", output),
        process=process,
    )
    _wait_until_it_answers(served.address)
    return served


@contextmanager
def serving(home: Path, *options: str, log: str = "", **env: str) -> Iterator[Served]:
    """Run a server during a `with` block, and stop it afterwards."""
    served = start(home, *options, log=log, **env)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.stop()


def wait_for(condition: "Iterator[bool]", *, seconds: float, what: str) -> None:
    """Wait until *condition* yields True. The error message contains *what*.

    Raises:
        AssertionError: *condition* did not yield True within *seconds*.
    """
    until = time.monotonic() + seconds
    for holds in condition:
        if holds:
            return
        assert time.monotonic() < until, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.1)


def _read_until_open(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    output = ""
    for line in process.stdout:
        output += line
        if "Ctrl-C" in line:  # in the last line before the server accepts requests
            return output
    raise AssertionError(f"the server ended with {process.wait()} after this output:\n{output}")


def _first_match(pattern: str, text: str) -> str:
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
