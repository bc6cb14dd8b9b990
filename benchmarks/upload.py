"""Integrity of a large upload over an interrupted connection, and memory of the server.

`python -m benchmarks.upload --mebibytes 1024 --cuts 5` serves an empty library and sends a file of
that size with the tuspy client. A proxy cuts the connection in the middle of pieces. The SHA-256 of
the stored file is compared with that of the file sent.
"""

import argparse
import hashlib
import random
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import requests
from tusclient.client import TusClient

from library.accounts import people, tokens
from library.models import Role, Scope
from library.settings import Settings, read_settings
from library.store import open_library
from tests.served import serving

MIB = 1024 * 1024
PIECE = 8 * MIB
NO_MODEL = {"LIVING_HISTORY_EMBEDDING_MODEL": "none"}  # no questions are asked
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: the other side sees a reset, not an end


@dataclass(frozen=True, kw_only=True)
class Result:
    """Measurements of one upload."""

    sent: str  # SHA-256 of the file that was sent
    kept: str  # SHA-256 of the file that the library stored
    cuts: int
    growth: float  # MiB by which the web process's peak memory exceeds its memory before
    seconds: float


class CuttingProxy:
    """Proxy that forwards bytes to *port* and resets the connection at each cut."""

    def __init__(self, port: int, cut_at: list[int]) -> None:
        self.cuts = 0
        self._closing = False
        self._target = ("127.0.0.1", port)
        self._cut_at = sorted(cut_at)
        self._passed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        """Close all connections."""
        self._closing = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._start(partial(self._serve, client))

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self, client: socket.socket) -> None:
        """Forward bytes both ways until one side ends or a cut is due."""
        with client, socket.create_connection(self._target) as server, suppress(OSError):
            other = {client: server, server: client}
            while not self._closing:
                for source in select.select([client, server], [], [], 0.2)[0]:
                    if not (raw := source.recv(65536)):
                        return
                    self._passed += len(raw) if source is client else 0
                    if self._cut_at and self._passed > self._cut_at[0]:
                        self._cut_at.pop(0)
                        self.cuts += 1
                        for end in (client, server):
                            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                        return
                    other[source].sendall(raw)


def measure(settings: Settings, *, size: int, cuts: int) -> Result:
    """Upload *size* bytes over a connection that is cut *cuts* times, and measure the upload."""
    token = token_for(settings)
    content = settings.home / "made-up.bin"
    sent = made_up(content, size)
    first = settings.home / "first.bin"
    made_up(first, MIB)
    with (
        serving(settings.home, "--no-worker", **NO_MODEL) as served,
        _through(served.address, size, cuts) as (
            proxy,
            address,
        ),
    ):
        headers = {"Authorization": f"Bearer {token}"}
        client = TusClient(f"{address}/uploads/", headers=headers)
        _send(client, first)
        before = _forget_peak(served.process.pid)
        began = time.perf_counter()
        url = _send(client, content)
        seconds = time.perf_counter() - began
        growth = (_status(served.process.pid, "VmHWM") - before) / 1024
        answer = requests.head(url, headers={**headers, "Tus-Resumable": "1.0.0"}, timeout=60)
        kept = answer.headers["Upload-SHA256"]
    return Result(sent=sent, kept=kept, cuts=proxy.cuts, growth=growth, seconds=seconds)


def _send(client: TusClient, path: Path) -> str:
    """Upload a file, with retries after each interruption, and return the URL of the upload."""
    with path.open("rb") as stream:
        uploader = client.uploader(file_stream=stream, chunk_size=PIECE, retries=20, retry_delay=1)
        uploader.upload()
    return str(uploader.url)


@contextmanager
def _through(address: str, size: int, cuts: int) -> Iterator[tuple[CuttingProxy, str]]:
    """Run a proxy for *address* that cuts connections *cuts* times within *size* bytes.

    Yields:
        The proxy and its address.
    """
    places = [round(size * (n + 0.37) / cuts) for n in range(cuts)]
    proxy = CuttingProxy(urlsplit(address).port or 80, places)
    try:
        yield proxy, f"http://127.0.0.1:{proxy.port}"
    finally:
        proxy.close()


def token_for(settings: Settings) -> str:
    """Add an account in the settings' home and return its token with read and write scope."""
    library = open_library(settings)
    with library.transaction() as db:
        person = people.add_account(
            db, name="Ada", email="ada@example.org", role=Role.ADMIN, password_hash=None
        )
        _, secret = tokens.add(db, person.id, "benchmark", scopes=(Scope.READ, Scope.WRITE))
    library.close()
    return secret


def made_up(path: Path, size: int) -> str:
    """Write *size* random bytes to *path* and return their SHA-256."""
    digest, chance = hashlib.sha256(), random.Random(7)  # noqa: S311
    with path.open("wb") as out:
        for start in range(0, size, MIB):
            piece = chance.randbytes(min(MIB, size - start))
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def _forget_peak(process: int) -> int:
    """Reset the peak memory counter of a process and return its memory in KiB."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return _status(process, "VmRSS")


def _status(process: int, name: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def main() -> None:
    """Measure one upload and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=1024)
    parser.add_argument("--cuts", type=int, default=5)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        settings = read_settings(home=Path(folder))
        found = measure(settings, size=arguments.mebibytes * MIB, cuts=arguments.cuts)
    print(f"{arguments.mebibytes} MiB in {found.seconds:.0f} s with {found.cuts} cuts")
    print("the SHA-256 matches" if found.kept == found.sent else "the SHA-256 DIFFERS")
    print(f"the web process grew by {found.growth:.1f} MiB at most")


if __name__ == "__main__":
    main()
