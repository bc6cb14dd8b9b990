"""Sign-in at the real page in a real browser."""

from playwright.sync_api import Page

from tests.builders import Account

PASSWORD = "a few plain words"


def sign_in(page: Page, account: Account) -> None:
    """Fill in and send the sign-in form that *page* shows."""
    page.get_by_label("E-mail").fill(account.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda address: "sign-in" not in address)
