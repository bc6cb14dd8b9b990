"""A recording that travels through a line which breaks twice, to what a third person finds."""

import wave
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from benchmarks.upload import CuttingProxy
from ingest import decode, pcm
from ingest.media import SAMPLE_RATE
from library.settings import Settings
from tests.chromium import chromium
from tests.serving import serving
from tests.test_journey import PATIENCE, become_administrator
from tests.test_recorded_journey import found_by_a_guest, name_the_speakers

pytestmark = pytest.mark.usefixtures("prepared")
HANDOVER = Path(__file__).parent / "data" / "handover.ogg"
SECONDS = 15
CUTS = [1_500_000, 5_200_000]  # bytes: in the middle of the first piece, and of a later one
QUESTION = "What happened with the access to the ceramics oven?"
SAID = "kiln room"


def test_a_line_that_breaks_twice_loses_nothing(settings: Settings, tmp_path: Path) -> None:
    """Chosen once, sent through both breaks, written down, named, and found by a guest."""
    path = as_large_wav(HANDOVER, tmp_path)
    with serving(settings.home) as served, chromium() as browser:
        proxy = CuttingProxy(urlsplit(served.address).port or 80, list(CUTS))
        page = browser.new_page(base_url=f"http://127.0.0.1:{proxy.port}")
        become_administrator(page, served.setup_link.replace(served.address, ""))
        page.goto("/add")
        page.locator("#file").set_input_files(path)
        expect(page.get_by_text("Has arrived", exact=True)).to_be_visible(timeout=PATIENCE)
        page.get_by_label("Title").fill("Handing over the kiln room")
        page.get_by_label("Everybody also without an account").check()
        page.get_by_role("button", name="Add the session").click()
        expect(page.locator("[data-transcript]")).to_be_visible(timeout=PATIENCE)
        name_the_speakers(page)
        found = found_by_a_guest(browser.new_page(base_url=served.address), QUESTION)
        proxy.close()

    assert proxy.cuts == len(CUTS)
    assert SAID in found.lower()


def as_large_wav(recording: Path, folder: Path) -> Path:
    """Its beginning at twelve times its rate, so that it travels in more than one piece."""
    samples, path = folder / "samples", folder / "handover.wav"
    decode.decode(recording, into=samples, progress=lambda _: None)
    beginning = pcm.read(samples)[: SECONDS * SAMPLE_RATE]
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 12 * SAMPLE_RATE, 0, "NONE", ""))
        out.writeframes(np.repeat(beginning, 12).tobytes())
    return path
