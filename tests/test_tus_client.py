"""A foreign tus client, tuspy, against the served library: broken lines, and a killed server."""

import base64
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import requests
from tusclient.client import TusClient

from benchmarks.upload import MIB, NO_MODEL, made_up, measure, token_for
from library.settings import Settings
from tests.serving import serving, wait_for

SIZE = 64 * MIB
PIECE = 4 * MIB


def test_tuspy_gets_a_large_file_through_a_broken_line(settings: Settings) -> None:
    """Five interruptions later the SHA-256 matches, and the web process hardly grew."""
    found = measure(settings, size=SIZE, cuts=5)

    assert found.kept == found.sent
    assert found.cuts == 5
    assert found.growth < 50


def test_a_killed_server_goes_on_where_the_upload_stood(settings: Settings, tmp_path: Path) -> None:
    """SIGKILL between two pieces; another server, the same address: nothing is sent twice."""
    headers = {"Authorization": f"Bearer {token_for(settings)}"}
    file = tmp_path / "made-up.bin"
    sent = made_up(file, 3 * PIECE)
    with serving(settings.home, "--no-worker", **NO_MODEL) as served, file.open("rb") as stream:
        client = TusClient(f"{served.address}/uploads/", headers=headers)
        first = client.uploader(file_stream=stream, chunk_size=PIECE)
        first.upload_chunk()
        place = str(first.url).removeprefix(served.address)
        served.kill()

    with serving(settings.home, "--no-worker", **NO_MODEL) as served, file.open("rb") as stream:
        url = f"{served.address}{place}"
        again = TusClient(url, headers=headers).uploader(
            file_stream=stream, chunk_size=PIECE, url=url
        )
        stood = again.offset
        again.upload()
        answer = requests.head(url, headers={**headers, "Tus-Resumable": "1.0.0"}, timeout=60)

    assert stood == PIECE
    assert answer.headers["Upload-SHA256"] == sent


def test_one_request_for_the_whole_file_keeps_what_arrived(settings: Settings) -> None:
    """A line that breaks, one that stalls, and SIGTERM: each time 15 of 20 MiB are there."""
    headers = {"Authorization": f"Bearer {token_for(settings)}", "Tus-Resumable": "1.0.0"}
    with serving(settings.home, "--no-worker", **NO_MODEL) as served:
        broken, stalled, running = (_begun(served.address, headers) for _ in range(3))
        _send_part(served.address, broken, headers).close()
        with _send_part(served.address, stalled, headers):
            stood = [_stands(served.address, place, headers) for place in (broken, stalled)]
        with _send_part(served.address, running, headers) as link:
            code = served.stop(signal.SIGTERM)
            said = link.recv(12)

    with serving(settings.home, "--no-worker", **NO_MODEL) as served:
        stood.append(_stands(served.address, running, headers))

    assert stood == [15 * MIB] * 3
    assert (said, code) == (b"HTTP/1.1 503", 0)


def _begun(address: str, headers: dict[str, str]) -> str:
    """Where a new upload of 20 MiB lies."""
    name = "filename " + base64.b64encode(b"talk.wav").decode()
    announced = {**headers, "Upload-Length": str(20 * MIB), "Upload-Metadata": name}
    answer = requests.post(f"{address}/uploads/", headers=announced, timeout=60)
    return str(answer.headers["Location"])


def _send_part(address: str, place: str, headers: dict[str, str]) -> socket.socket:
    """A connection on which 15 MiB of one request of 20 were sent."""
    lines = {
        **headers,
        "Host": "x",
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(20 * MIB),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    link = socket.create_connection(("127.0.0.1", urlsplit(address).port or 0), timeout=120)
    link.sendall(f"PATCH {place} HTTP/1.1\r\n{head}\r\nRIFF".encode())
    link.sendall(b"x" * (15 * MIB - 4))
    return link


def _stands(address: str, place: str, headers: dict[str, str]) -> int:
    """How much of an upload is there, once something is."""
    found = 0

    def asked() -> Iterator[bool]:
        nonlocal found
        while True:
            answer = requests.head(f"{address}{place}", headers=headers, timeout=60)
            found = int(answer.headers["Upload-Offset"])
            yield found > 0

    wait_for(asked(), seconds=120, what="the bytes that were sent")
    return found
