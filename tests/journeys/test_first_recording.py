"""Test of the first use: set-up, upload, transcription, question and playback of the answer."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from library.settings import Settings
from tests.chromium import BEGAN, chromium
from tests.microphone import as_wav
from tests.paths import ROOT
from tests.served import serving

PLAYS = """() => {
  const player = document.querySelector('audio, video');
  return player && !player.paused && player.currentTime > 0;
}"""
pytestmark = [pytest.mark.browser, pytest.mark.models]
PATIENCE = 240_000  # milliseconds for Whisper on a busy machine


@dataclass(frozen=True)
class Clip:
    """Recording with a known sentence, the second where it starts, and a question about it."""

    path: Path
    question: str  # has no content word of the sentence
    sentence: str
    second: float  # start of the sentence in the recording


REAL = Clip(
    path=ROOT.parent / "shared/audio/dev/conv2-dev.flac",
    question="Where were splendid meals organised?",
    sentence="It was here that most magnificent dinners were arranged",
    second=73.965,
)
OWN = Clip(
    path=ROOT / "tests/data/handover.ogg",
    question="What happened with the access to the ceramics oven?",
    sentence="I kept the keys of the kiln room",
    second=0.6,
)


@pytest.mark.usefixtures("prepared")
def test_an_uploaded_recording_is_found_and_played_at_the_right_second(
    settings: Settings, tmp_path: Path
) -> None:
    """A question in other words finds the sentence of an uploaded recording.

    The result opens and plays the recording at the second at which the sentence begins.
    """
    first_use(settings, replace(OWN, path=as_wav(OWN.path, tmp_path, seconds=15)))


@pytest.mark.proof
def test_a_new_library_exports_its_models_before_the_first_recording(tmp_path: Path) -> None:
    """In an empty home folder, the models are exported, and the first recording is found.

    The recording is a real one if the machine has it, else the recording of the tests.
    """
    first_use(Settings(home=tmp_path), REAL if REAL.path.is_file() else OWN)


def first_use(settings: Settings, clip: Clip) -> None:
    """Set the library up, upload a recording, ask for a sentence in it, and play the answer."""
    with serving(settings.home) as served, chromium() as browser:
        page = browser.new_page(base_url=served.address)
        page.add_init_script(BEGAN)
        become_administrator(page, served.setup_link)
        add_recording(page, clip.path, title="An evening at the restaurant")
        ask(page, clip.question)
        second = press_the_moment(page, clip.sentence)
        began = page.evaluate("window.began")

    assert abs(second - clip.second) <= 1.0, "the address has the second of the sentence"
    assert abs(began - clip.second) <= 3.0, "the recording plays from that second"


def become_administrator(page: Page, link: str) -> None:
    """Create the first administrator through the set-up link that the server prints."""
    page.goto(link)
    page.get_by_label("Your name").fill("Ines Okafor")
    page.get_by_label("E-mail").fill("ines@example.org")
    page.get_by_label("Password", exact=True).fill("reading room at dusk")
    page.get_by_label("The same password again").fill("reading room at dusk")
    page.get_by_role("button", name="Create the account").click()
    samples = page.get_by_role("button", name=re.compile("sample library", re.IGNORECASE))
    expect(samples).to_be_visible()


def add_recording(page: Page, path: Path, *, title: str) -> None:
    """Upload a recording and wait until its transcript is shown."""
    page.get_by_role("navigation").get_by_role("link", name="Add a session").first.click()
    page.locator("#file").set_input_files(path)
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Add the session").click()
    expect(page.get_by_text("You can close this page")).to_be_visible()
    expect(page.get_by_role("progressbar").first).to_be_visible()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible(timeout=PATIENCE)
    expect(page.locator("[data-play], .transcript, [data-transcript]").first).to_be_visible(
        timeout=PATIENCE
    )


def ask(page: Page, question: str) -> None:
    """Press `/` for the question box, type a question and wait for the first hit."""
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    expect(page.locator("blockquote").first).to_be_visible()


def press_the_moment(page: Page, words: str) -> float:
    """Open the hit with these words, and return the second in the address of the page."""
    page.locator("blockquote a", has_text=words).first.click()
    page.wait_for_url(re.compile(r"/sessions/\d+\?.*t="))
    page.wait_for_function(PLAYS)
    found = re.search(r"[?&]t=([\d.]+)", page.url)
    assert found
    return float(found.group(1))
