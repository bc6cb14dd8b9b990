"""Tests of chapters in a browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from library.sessions import chapters, sources
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.web.browser.test_clips import SOUND

CHROMIUM = ("--autoplay-policy=no-user-gesture-required",)
SOUND_AT = "document.querySelector('audio').currentTime"


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Session of the mentor with two chapters and real sound."""
    built = add_session(library, owner=mentor, content=SOUND.read_bytes())
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        source.media_type = "audio/ogg"
        chapters.replace(db, source, [(0.0, "Beginnings"), (8.0, "The first winter")])
    return built


def test_chapters_are_edited_by_keyboard_and_used_by_a_guest(
    arrive: Callable[..., Page], mentor: Account, talk: Built
) -> None:
    """The owner plays, removes and adds chapters by keyboard.

    A guest plays the recording from the new chapter on.
    """
    ada, guest = arrive(mentor), arrive()
    ada.goto(f"/sessions/{talk.session_id}")
    ada.get_by_role("link", name="Change the chapters").press("Enter")
    ada.get_by_role("button", name="Play chapter 2").press("Enter")
    ada.wait_for_function(f"() => {SOUND_AT} > 8")
    ada.get_by_role("button", name="Remove chapter 2").press("Enter")
    focused = ada.evaluate("document.activeElement.ariaLabel")
    ada.evaluate(
        "document.querySelector('audio').pause(); document.querySelector('audio').currentTime = 10"
    )
    ada.get_by_role("button", name="Add a chapter at 0:10").press("Enter")
    ada.keyboard.type("A second winter")
    ada.keyboard.press("Enter")
    expect(ada.get_by_text("The chapters are saved.")).to_be_visible()

    guest.goto(f"/sessions/{talk.session_id}")
    chapter_links = guest.locator("[data-chapter]")
    expect(chapter_links).to_have_count(2)
    guest.get_by_role("link", name="A second winter").click()
    guest.wait_for_function(f"() => {SOUND_AT} >= 10")

    assert focused == "Title of chapter 1"
    assert "The first winter" not in guest.locator("main").inner_text()
