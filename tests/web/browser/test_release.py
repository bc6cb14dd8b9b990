"""Tests of a release by two people in a browser, one of them by link, and its withdrawal."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from library.consent import release, release_links
from library.models import ParticipantRole, Visibility
from library.sessions import sessions
from library.store import Library
from tests.builders import Account, add_session, person_named
from tests.chromium import too_wide

SAID = "Nobody told me about zanzibar."


@pytest.fixture
def talk(library: Library, mentor: Account) -> int:
    """Private session of Ada, who has an account, and Ruth, who has none."""
    with library.transaction() as db:
        ruth = person_named(db, "Ruth Okafor").id
    return add_session(
        library,
        title="Keys of the kiln room",
        lines=[("Ada Mentor", "Ask for the keys."), ("Ruth Okafor", SAID)],
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (ruth, ParticipantRole.MENTEE)],
        visibility=Visibility.PARTICIPANTS,
        released=False,
    ).session_id


def found_by(stranger: Page) -> bool:
    """Return whether a guest's search finds the words of Ruth."""
    stranger.goto("/?q=zanzibar")
    return stranger.get_by_text("Nobody told me").count() > 0


def test_two_people_release_and_one_withdraws(
    arrive: Callable[..., Page], mentor: Account, talk: int
) -> None:
    """A guest finds a session only between the last consent and the first withdrawal."""
    ada, ruth, stranger = arrive(mentor), arrive(), arrive()
    ada.goto(f"/sessions/{talk}/edit")
    ada.locator("input[name=visibility][value=public]").check()
    ada.get_by_role("button", name="Save the details").click()
    expect(ada.get_by_text("Waiting for Ruth Okafor's consent.")).to_be_visible()
    alone = found_by(stranger)

    ada.get_by_role("link", name="Who agreed").click()
    ada.get_by_role("button", name="Make a link for Ruth Okafor").click()
    ruth.goto(ada.locator("[data-secret]").inner_text())
    expect(ruth.get_by_text(SAID)).to_be_visible()
    ruth.get_by_role("button", name="I agree").click()
    expect(ruth.get_by_text("You agreed.")).to_be_visible()
    together = found_by(stranger)
    ruth.get_by_role("button", name="Withdraw my consent").click()
    expect(ruth.get_by_role("heading", name="Consent withdrawn")).to_be_visible()

    assert (alone, together, found_by(stranger)) == (False, True, False)
    with ruth.expect_download() as receipt:
        ruth.get_by_role("link", name="Download it as JSON").click()
    assert receipt.value.suggested_filename == "receipt-1.json"


def test_the_link_is_usable_on_a_phone_and_by_keyboard(
    arrive: Callable[..., Page], library: Library, mentor: Account, talk: int
) -> None:
    """The page of a release link fits a phone. Consent is given there by keyboard."""
    with library.transaction() as db:
        session = sessions.get(db, talk)
        release.set_visibility(db, mentor.viewer, session, Visibility.MEMBERS)
        token = release_links.make(db, mentor.viewer, session, session.participants[1].person_id)
    page = arrive()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/release/{token}")

    agree = page.get_by_role("button", name="I agree")
    wider = too_wide(page, once=agree)
    agree.focus()
    page.keyboard.press("Tab")
    focused = page.evaluate("() => document.activeElement.value")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_text("You agreed.")).to_be_visible()
    assert wider <= 0
    assert focused == "decline"
