"""Tests of uploads with the client tuspy over broken connections and a killed server."""

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
from tests.served import serving, wait_for

SIZE = 64 * MIB
PIECE = 4 * MIB


def test_tuspy_uploads_a_large_file_over_a_broken_connection(settings: Settings) -> None:
    """A file that tuspy uploads with five interruptions is stored unchanged.

    The memory of the web process grows by less than 50 MiB.
    """
    found = measure(settings, size=SIZE, cuts=5)

    assert found.kept == found.sent
    assert found.cuts == 5
    assert found.growth < 50


def test_an_upload_continues_after_the_server_was_killed(
    settings: Settings, tmp_path: Path
) -> None:
    """If the server is killed, the next server continues the upload at the stored offset."""
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
        uploader = TusClient(url, headers=headers).uploader(
            file_stream=stream, chunk_size=PIECE, url=url
        )
        offset = uploader.offset
        uploader.upload()
        answer = requests.head(url, headers={**headers, "Tus-Resumable": "1.0.0"}, timeout=60)

    assert offset == PIECE
    assert answer.headers["Upload-SHA256"] == sent


def test_one_request_for_the_whole_file_keeps_the_received_bytes(settings: Settings) -> None:
    """If a request that uploads a whole file is interrupted, the received bytes are stored.

    This holds for a broken connection, a stalled connection, and SIGTERM to the server.
    """
    headers = {"Authorization": f"Bearer {token_for(settings)}", "Tus-Resumable": "1.0.0"}
    with serving(settings.home, "--no-worker", **NO_MODEL) as served:
        broken, stalled, running = (_begin_upload(served.address, headers) for _ in range(3))
        _send_part(served.address, broken, headers).close()
        with _send_part(served.address, stalled, headers):
            offsets = [
                _stored_offset(served.address, place, headers) for place in (broken, stalled)
            ]
        with _send_part(served.address, running, headers) as link:
            code = served.stop(signal.SIGTERM)
            status_line = link.recv(12)

    with serving(settings.home, "--no-worker", **NO_MODEL) as served:
        offsets.append(_stored_offset(served.address, running, headers))

    assert offsets == [15 * MIB] * 3
    assert (status_line, code) == (b"HTTP/1.1 503", 0)


def _begin_upload(address: str, headers: dict[str, str]) -> str:
    """Begin an upload of 20 MiB and return its address."""
    name = "filename " + base64.b64encode(b"talk.wav").decode()
    announced = {**headers, "Upload-Length": str(20 * MIB), "Upload-Metadata": name}
    answer = requests.post(f"{address}/uploads/", headers=announced, timeout=60)
    return str(answer.headers["Location"])


def _send_part(address: str, place: str, headers: dict[str, str]) -> socket.socket:
    """Send 15 of 20 MiB to an upload, and return the open connection."""
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


def _stored_offset(address: str, place: str, headers: dict[str, str]) -> int:
    """Wait until the server has received bytes of an upload. Return their number."""
    found = 0

    def asked() -> Iterator[bool]:
        nonlocal found
        while True:
            answer = requests.head(f"{address}{place}", headers=headers, timeout=60)
            found = int(answer.headers["Upload-Offset"])
            yield found > 0

    wait_for(asked(), seconds=120, what="the bytes that were sent")
    return found
