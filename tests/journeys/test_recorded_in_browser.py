"""Test of a browser recording that continues in a new tab, from recording to search."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from library.settings import Settings
from tests.journeys.test_first_recording import PATIENCE, become_administrator
from tests.microphone import listening_chromium, recorded_until
from tests.served import serving

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("prepared")]
QUESTION = "How much money is wanted for the cold store?"
EXPECTED = "cold store"  # spoken ten seconds after the start of the sample
KILLED_AT, DONE_AT = 16, 19  # seconds


def test_a_recording_continues_in_a_new_tab_and_is_found_by_others(
    settings: Settings, tmp_path: Path
) -> None:
    """A recording whose tab was closed continues in a new tab, and a guest finds its words."""
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

    assert EXPECTED in found.lower()


def add_for_everybody(page: Page) -> None:
    """Save the recording as a public session, and wait for its transcript."""
    page.wait_for_url("**/add?upload=*", timeout=PATIENCE)
    page.get_by_label("Title").fill("Told to the browser")
    page.get_by_label("Public Also without an account").check()
    page.get_by_role("button", name="Add the session").click()
    expect(page.locator("[data-transcript]")).to_be_visible(timeout=PATIENCE)


def name_the_speakers(page: Page) -> None:
    """Name the first speaker and give a reason for each other speaker.

    Other people find the session only after that.
    """
    page.get_by_role("link", name="Name the speakers").first.click()
    save = page.get_by_role("button", name="Save the speakers")
    expect(save).to_be_visible()  # the button is below all speakers
    page.get_by_label("Name", exact=True).first.fill("Ines Okafor")
    for reason in page.get_by_label("Or a reason why no name is needed").all()[1:]:
        reason.select_option("A played recording")
    save.click()
    expect(page.get_by_role("heading", level=1, name="Visibility and consent")).to_be_visible()


def found_by_a_guest(page: Page, question: str) -> str:
    """Return the text of the first quote that a guest gets for a question."""
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    quote = page.locator("blockquote").first
    expect(quote).to_be_visible(timeout=PATIENCE)
    return quote.inner_text()
