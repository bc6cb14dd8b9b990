"""A foreign tus client, tuspy, against the served library: broken lines, and a killed server."""

from pathlib import Path

import requests
from tusclient.client import TusClient

from benchmarks.upload import MIB, NO_MODEL, made_up, measure, token_for
from library.settings import Settings
from tests.serving import serving

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
