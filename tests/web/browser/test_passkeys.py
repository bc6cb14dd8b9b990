"""Tests of passkeys in a browser with a virtual authenticator."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.builders import Account
from tests.web.browser.sign_in import PASSWORD, sign_in

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
    """Address of the site with a host name. Passkeys do not work with an IP address."""
    return address.replace("127.0.0.1", "localhost")


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """Page of a guest."""
    context = browser.new_context(base_url=site, viewport={"width": 390, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture
def device(page: Page) -> tuple[CDPSession, str]:
    """Virtual authenticator that verifies its user."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return session, made["authenticatorId"]


def add(page: Page, admin: Account, password: str = PASSWORD) -> None:
    """Sign in with the password, and press the button that adds a passkey."""
    page.goto("/sign-in?next=/account/passkeys")
    sign_in(page, admin)
    page.get_by_label("Name", exact=True).fill("My phone")
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name="Add a passkey").click()


def sign_out(page: Page) -> None:
    """Clear the cookies and open the sign-in page."""
    page.context.clear_cookies()
    page.goto("/sign-in?next=/account/passkeys")


def test_a_passkey_is_added_used_and_removed(
    page: Page, device: tuple[CDPSession, str], admin: Account
) -> None:
    """A passkey is added and signs in. After its removal, it does not sign in any more."""
    console_lines: list[str] = []
    page.on("console", lambda message: console_lines.append(message.text))
    add(page, admin)
    expect(page.get_by_text("You can now sign in with the passkey “My phone”.")).to_be_visible()

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Your passkeys")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="My phone")).not_to_contain_text("never")

    page.get_by_role("link", name="Rename or remove My phone").click()
    expect(page.get_by_role("button", name="Remove the passkey")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("No passkeys yet.")).to_be_visible()

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey does not sign you in here")).to_be_visible()
    assert console_lines == []


def test_a_wrong_password_and_a_second_passkey_show_a_message(
    page: Page, device: tuple[CDPSession, str], admin: Account
) -> None:
    """A wrong password shows a message, and so does a second passkey on the same device."""
    add(page, admin, password="a guess")
    expect(page.get_by_role("alert")).to_have_text(
        "This is not your password. No passkey was created."
    )
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("You can now sign in with the passkey")).to_be_visible()

    page.get_by_label("Name", exact=True).fill("Again")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()

    expect(page.get_by_role("alert")).to_have_text(
        "This device has a passkey for your account already. Sign in with it."
    )


def test_an_unverified_user_does_not_sign_in(
    page: Page, device: tuple[CDPSession, str], admin: Account
) -> None:
    """If the device does not verify its user, the page says that the request was cancelled."""
    add(page, admin)
    expect(page.get_by_text("You can now sign in with the passkey")).to_be_visible()
    session, number = device
    session.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": False})

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("The request was cancelled on the device")


def test_without_scripts_only_the_password_is_offered(browser: Browser, site: str) -> None:
    """Without scripts, the sign-in page offers the password and hides the passkey button."""
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()

    page.goto("/sign-in")

    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    context.close()
