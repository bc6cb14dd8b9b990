"""Passkeys in a real browser with a device of its own (a virtual authenticator)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.builders import Account
from tests.web.signing_in import PASSWORD, sign_in

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def site(address: str) -> str:
    """The site by its name: no passkey is bound to a number."""
    return address.replace("127.0.0.1", "localhost")


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A window."""
    context = browser.new_context(base_url=site, viewport={"width": 390, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture
def device(page: Page) -> tuple[CDPSession, str]:
    """A device that recognises its owner."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return session, made["authenticatorId"]


def add(page: Page, admin: Account, password: str = PASSWORD) -> None:
    """Sign in with the password, and ask for a passkey."""
    page.goto("/sign-in?next=/account/passkeys")
    sign_in(page, admin)
    page.get_by_label("What to call it").fill("My phone")
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name="Add a passkey").click()


def sign_out(page: Page) -> None:
    """Forget that somebody is signed in, and go back to the door."""
    page.context.clear_cookies()
    page.goto("/sign-in?next=/account/passkeys")


def test_from_the_first_to_the_last_day_of_a_passkey(
    page: Page, device: tuple[CDPSession, str], admin: Account
) -> None:
    """It is added, signs in without a password, is removed, and signs nobody in any more."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    add(page, admin)
    expect(page.get_by_text("“My phone” signs you in from now on.")).to_be_visible()

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Your passkeys")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="My phone")).not_to_contain_text("never")

    page.get_by_role("link", name="Rename or remove My phone").click()
    expect(page.get_by_role("button", name="Remove the passkey")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("None yet.")).to_be_visible()

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey does not sign anybody in here")).to_be_visible()
    assert said == []


def test_a_wrong_password_and_a_second_key_get_a_sentence(
    page: Page, device: tuple[CDPSession, str], admin: Account
) -> None:
    """The page says what is wrong, beside the button, and goes on when it is put right."""
    add(page, admin, password="a guess")
    expect(page.get_by_role("alert")).to_have_text(
        "This is not your password. No passkey was made."
    )
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("signs you in from now on")).to_be_visible()

    page.get_by_label("What to call it").fill("Again")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()

    expect(page.get_by_role("alert")).to_have_text(
        "This device has a passkey for your account already."
    )


def test_a_device_that_does_not_know_its_owner_does_not_sign_in(
    page: Page, device: tuple[CDPSession, str], admin: Account
) -> None:
    """Without the right finger, face or PIN nothing is signed."""
    add(page, admin)
    expect(page.get_by_text("signs you in from now on")).to_be_visible()
    session, number = device
    session.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": False})

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("The device did not go on")


def test_without_scripts_there_is_no_such_button(browser: Browser, site: str) -> None:
    """The password is the way in then."""
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()

    page.goto("/sign-in")

    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    context.close()
