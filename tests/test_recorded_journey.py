"""What is said into a browser, through a killed tab, to what others find of it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from library.settings import Settings
from tests.serving import serving
from tests.speaking import listening_chromium, recorded_until
from tests.test_journey import PATIENCE, become_administrator

pytestmark = pytest.mark.usefixtures("prepared")
QUESTION = "How much money is wanted for the cold store?"
SAID = "cold store"  # ten seconds into the clip
KILLED_AT, DONE_AT = 20, 24  # seconds


def test_a_recording_outlives_its_tab_and_is_found_by_others(
    settings: Settings, tmp_path: Path
) -> None:
    """Recorded, killed at 20 s, continued, finished, heard, named, and found by a guest."""
    with serving(settings.home) as served, listening_chromium(tmp_path) as browser:
        context = browser.new_context(base_url=served.address)
        become_administrator(context.new_page(), served.setup_link)
        tab = context.new_page()
        tab.goto("/record")
        tab.get_by_role("button", name="Start recording").click()
        recorded_until(tab, KILLED_AT)
        tab.close()

        page = context.new_page()
        page.goto("/record")
        page.get_by_role("button", name="Continue").click()
        recorded_until(page, DONE_AT)
        page.get_by_role("button", name="Finish").click()
        add_for_everybody(page)
        name_the_speakers(page)
        found = found_by_a_guest(browser.new_page(base_url=served.address), QUESTION)

    assert SAID in found.lower()


def add_for_everybody(page: Page) -> None:
    """Make a session for everybody of what has arrived, and wait until its words are there."""
    page.wait_for_url("**/add?upload=*", timeout=PATIENCE)
    page.get_by_label("Title").fill("Told to the browser")
    page.get_by_label("Everybody also without an account").check()
    page.get_by_role("button", name="Add the session").click()
    expect(page.locator("[data-transcript]")).to_be_visible(timeout=PATIENCE)


def name_the_speakers(page: Page) -> None:
    """Say of the first voice that it is one's own, and of others why they have no name.

    Nobody else finds a session before.
    """
    page.get_by_role("link", name="Name the speakers").first.click()
    save = page.get_by_role("button", name="Save the speakers")
    expect(save).to_be_visible()  # it stands below all voices
    page.get_by_label("Name", exact=True).first.fill("Ines Okafor")
    for reason in page.get_by_label("Or a reason").all()[1:]:
        reason.select_option("A played recording")
    save.click()
    expect(page.get_by_role("heading", level=1, name="Who may find it")).to_be_visible()


def found_by_a_guest(page: Page, question: str) -> str:
    """What the first quote says to somebody without an account."""
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    quote = page.locator("blockquote").first
    expect(quote).to_be_visible(timeout=PATIENCE)
    return quote.inner_text()
