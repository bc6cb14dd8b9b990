"""Test of an upload over a connection that breaks twice, from upload to search."""

import wave
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from benchmarks.upload import CuttingProxy
from ingest.media import decode, pcm
from ingest.media.media_info import SAMPLE_RATE
from library.settings import Settings
from tests.chromium import chromium
from tests.journeys.test_first_recording import PATIENCE, become_administrator
from tests.journeys.test_recorded_in_browser import found_by_a_guest, name_the_speakers
from tests.paths import DATA
from tests.served import serving

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("prepared")]
HANDOVER = DATA / "handover.ogg"
SECONDS = 15
CUTS = [1_500_000, 5_200_000]  # bytes: one inside the first chunk, one inside a later chunk
QUESTION = "What happened with the access to the ceramics oven?"
EXPECTED = "kiln room"


def test_an_upload_over_two_interruptions_loses_nothing(settings: Settings, tmp_path: Path) -> None:
    """A file whose upload was interrupted twice is transcribed, and a guest finds its words."""
    path = as_large_wav(HANDOVER, tmp_path)
    with serving(settings.home) as served, chromium() as browser:
        proxy = CuttingProxy(urlsplit(served.address).port or 80, list(CUTS))
        page = browser.new_page(base_url=f"http://127.0.0.1:{proxy.port}")
        become_administrator(page, served.setup_link.replace(served.address, ""))
        page.goto("/add")
        page.locator("#file").set_input_files(path)
        expect(page.get_by_text("Uploaded", exact=True)).to_be_visible(timeout=PATIENCE)
        page.get_by_label("Title").fill("Handing over the kiln room")
        page.get_by_label("Public Also without an account").check()
        page.get_by_role("button", name="Add the session").click()
        expect(page.locator("[data-transcript]")).to_be_visible(timeout=PATIENCE)
        name_the_speakers(page)
        found = found_by_a_guest(browser.new_page(base_url=served.address), QUESTION)
        proxy.close()

    assert proxy.cuts == len(CUTS)
    assert EXPECTED in found.lower()


def as_large_wav(recording: Path, folder: Path) -> Path:
    """Write the start of a recording as a WAV file that is uploaded in several chunks.

    Each sample is repeated twelve times, and the sample rate is twelve times as high.
    """
    samples, path = folder / "samples", folder / "handover.wav"
    decode.decode(recording, into=samples, progress=lambda _: None)
    beginning = pcm.read(samples)[: SECONDS * SAMPLE_RATE]
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 12 * SAMPLE_RATE, 0, "NONE", ""))
        out.writeframes(np.repeat(beginning, 12).tobytes())
    return path
