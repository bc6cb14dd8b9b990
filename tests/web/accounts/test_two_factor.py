"""Tests of two-step sign-in: set-up, codes, recovery, and attempts to avoid it.

Covers: totp.
"""

import re
import time
from collections.abc import Callable

import pytest
from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import select

from library.accounts import password_resets, people
from library.models import SecondFactor
from library.store import Library
from tests.builders import Account
from tests.web.browser.sign_in import PASSWORD
from tests.web.client import Browser
from tests.web.outbox import emails_to

Browse = Callable[..., Browser]
STEP = "/account/second-step"


class Phone:
    """Simulated authenticator app, which can also give codes of later periods."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._app = TOTP(key=secret.replace(" ", ""), format="base32")
        self._shown = 0

    def code(self, later: int = 0) -> str:
        """Return the code of the current period, or of a later one."""
        return str(self._app.generate(time=time.time() + 30 * later).token)


@pytest.fixture
def phone(browse: Browse, admin: Account) -> tuple[Phone, list[str]]:
    """Authenticator app of the administrator, and the administrator's recovery codes."""
    member = browse(admin)
    page = member.post(STEP, {"password": PASSWORD}).text
    found = re.search(r"data-secret>([^<]+)<", page)
    assert found
    app = Phone(found.group(1))
    done = member.post(f"{STEP}/confirm", {"code": app.code()})
    return app, re.findall(r"<li><code>([^<]+)</code>", done.text)


def password_step(browse: Browse, admin: Account, **more: str) -> Browser:
    """Return a browser that has given the right password and is asked for a code."""
    guest = browse()
    answer = guest.post("/sign-in", {"email": admin.email, "password": PASSWORD, **more})
    assert answer.location == "/sign-in/code"
    return guest


def test_the_password_alone_is_not_enough(
    browse: Browse, admin: Account, phone: tuple[Phone, list[str]]
) -> None:
    """With two-step sign-in, the right password alone does not sign in.

    The code then signs in and leads to the requested page.
    """
    guest = password_step(browse, admin, next="/mine?x=1")
    between = guest.get("/account").status_code

    answer = guest.post("/sign-in/code", {"code": phone[0].code(later=1)})

    assert between == 302
    assert answer.location == "/mine?x=1"
    assert guest.get("/account").status_code == 200


def test_a_code_works_once(browse: Browse, admin: Account, phone: tuple[Phone, list[str]]) -> None:
    """A used code, an earlier one and a wrong one do not sign in."""
    earlier, code = phone[0].code(), phone[0].code(later=1)
    password_step(browse, admin).post("/sign-in/code", {"code": code})
    guest = password_step(browse, admin)

    refused = [
        guest.post("/sign-in/code", {"code": typed}).text
        for typed in (code, earlier, "000000", "", "x" * 500)
    ]

    assert all("is not valid" in page for page in refused)
    assert guest.get("/account").status_code == 302


def test_a_recovery_code_works_once(
    browse: Browse, admin: Account, phone: tuple[Phone, list[str]]
) -> None:
    """Each of ten recovery codes signs in once, typed in any letter case and spacing."""
    codes = phone[1]
    first = password_step(browse, admin)
    first.post("/sign-in/code", {"code": codes[0].upper().replace("-", " ")})
    again = password_step(browse, admin)
    again.post("/sign-in/code", {"code": codes[0]})

    assert len(set(codes)) == 10
    assert first.get("/account").status_code == 200
    assert again.get("/account").status_code == 302
    assert "9 recovery codes left" in first.get(STEP).text


def test_the_database_holds_no_readable_secret_or_code(
    library: Library, phone: tuple[Phone, list[str]]
) -> None:
    """The database has neither the authenticator secret nor a recovery code in plain text."""
    app, codes = phone

    with library.reading() as db:
        stored = db.scalars(select(SecondFactor)).one()
        text = f"{stored.sealed} {stored.recovery}".lower()

    assert app.secret.replace(" ", "").lower() not in text
    assert not any(code in text or code.replace("-", "") in text for code in codes)


def test_guesses_of_codes_are_limited(
    browse: Browse, admin: Account, phone: tuple[Phone, list[str]]
) -> None:
    """After ten wrong codes, even the right code answers 429."""
    guest = password_step(browse, admin)
    token = guest.token("/sign-in/code")
    wrong = {"code": "123", "csrf_token": token}
    for _ in range(10):
        guest.client.post("/sign-in/code", data=wrong)

    answer = guest.client.post("/sign-in/code", data={**wrong, "code": phone[0].code(later=1)})

    assert answer.status_code == 429


@pytest.mark.parametrize("way", ["welcome", "reset"])
def test_a_link_does_not_replace_the_second_step(
    browse: Browse, library: Library, admin: Account, phone: tuple[Phone, list[str]], way: str
) -> None:
    """With two-step sign-in, a password that was set by a link does not sign in without a code."""
    with library.transaction() as db:
        person = people.get(db, admin.id)
        offered = password_resets.offer(db, admin.email)
        assert offered is not None
        token = people.invite(db, person) if way == "welcome" else offered[1]
    guest = browse()
    form = {"password": PASSWORD, "confirm": PASSWORD, "csrf_token": guest.token()}

    answer = guest.client.post(f"/{way}/{admin.id}/{token}", data=form)

    assert answer.location == "/sign-in"
    assert guest.get("/account").status_code == 302
    password_step(browse, admin)


def test_setting_up_needs_the_password_and_a_right_code(browse: Browse, admin: Account) -> None:
    """A wrong password or a wrong first code does not switch two-step sign-in on."""
    member = browse(admin)

    without = member.post(STEP, {"password": "not this one"})
    member.post(STEP, {"password": PASSWORD})
    wrong = member.post(f"{STEP}/confirm", {"code": "000000"})

    assert (without.status_code, wrong.status_code) == (400, 400)
    assert "data-secret" not in without.text
    assert "data-secret" in wrong.text
    guest = browse()
    assert guest.post("/sign-in", {"email": admin.email, "password": PASSWORD}).location == "/"


@pytest.mark.parametrize("act", ["", "/codes", "/end"])
def test_changing_the_second_step_needs_a_code(
    browse: Browse, admin: Account, phone: tuple[Phone, list[str]], act: str
) -> None:
    """A new secret, new recovery codes or switching off needs the password and a code.

    After a refusal, the existing codes stay valid.
    """
    member = browse(admin)

    without = member.post(STEP + act, {"password": PASSWORD})
    wrong = member.post(STEP + act, {"password": PASSWORD, "code": "000000"})
    code_alone = member.post(STEP + act, {"password": "not this", "code": phone[1][0]})

    assert {page.status_code for page in (without, wrong, code_alone)} == {400}
    assert "data-secret" not in without.text + wrong.text
    assert "data-codes" not in without.text + wrong.text
    guest = password_step(browse, admin)
    assert guest.post("/sign-in/code", {"code": phone[1][0]}).location == "/"


def test_the_owner_renews_codes_and_ends_two_step_sign_in(
    browse: Browse, admin: Account, phone: tuple[Phone, list[str]]
) -> None:
    """New recovery codes replace the old ones.

    One of the new codes switches two-step sign-in off.
    """
    member = browse(admin)

    renewed = member.post(f"{STEP}/codes", {"password": PASSWORD, "code": phone[1][0]}).text
    codes = re.findall(r"<li><code>([^<]+)</code>", renewed)
    old = member.post(f"{STEP}/end", {"password": PASSWORD, "code": phone[1][1]}).status_code
    member.post(f"{STEP}/end", {"password": PASSWORD, "code": codes[0]})

    assert old == 400
    assert len(codes) == 10
    assert not any(code in renewed for code in phone[1])
    guest = browse()
    assert guest.post("/sign-in", {"email": admin.email, "password": PASSWORD}).location == "/"


def test_an_administrator_ends_two_step_sign_in(
    app: Flask, browse: Browse, library: Library, admin: Account, phone: tuple[Phone, list[str]]
) -> None:
    """An administrator switches a person's two-step sign-in off. The person gets an e-mail."""
    browse(admin).post(f"/care/people/{admin.id}/second-step")

    (message,) = emails_to(app, library, admin.email)
    assert "two-step sign-in" in message
    guest = browse()
    assert guest.post("/sign-in", {"email": admin.email, "password": PASSWORD}).location == "/"
