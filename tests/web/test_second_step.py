"""A second step: set up, asked for, lost, and not to be passed by."""

import re
import time
from collections.abc import Callable

import pytest
from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import select

from library.accounts import people, resets
from library.models import SecondFactor
from library.store import Library
from tests.builders import Account
from tests.web.browsing import Browser
from tests.web.letters import letters_to
from tests.web.signing_in import PASSWORD

Browse = Callable[..., Browser]
STEP = "/account/second-step"


class Phone:
    """An app that shows codes, each of the next period so that none is shown twice."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._app = TOTP(key=secret.replace(" ", ""), format="base32")
        self._shown = 0

    def code(self, later: int = 0) -> str:
        """What it shows, or will show so many periods later."""
        return str(self._app.generate(time=time.time() + 30 * later).token)


@pytest.fixture
def phone(browse: Browse, admin: Account) -> tuple[Phone, list[str]]:
    """The phone of the administrator, who has set it up, and their codes on paper."""
    member = browse(admin)
    page = member.post(STEP, {"password": PASSWORD}).text
    found = re.search(r"data-secret>([^<]+)<", page)
    assert found
    app = Phone(found.group(1))
    done = member.post(f"{STEP}/confirm", {"code": app.code()})
    return app, re.findall(r"<li><code>([^<]+)</code>", done.text)


def password_step(browse: Browse, admin: Account, **more: str) -> Browser:
    """A browser in which the right password was given."""
    guest = browse()
    answer = guest.post("/sign-in", {"email": admin.email, "password": PASSWORD, **more})
    assert answer.location == "/sign-in/code"
    return guest


def test_the_password_alone_is_not_enough(
    browse: Browse, admin: Account, phone: tuple[Phone, list[str]]
) -> None:
    """Between the password and the code one is a guest; the code leads where one was going."""
    guest = password_step(browse, admin, next="/mine?x=1")
    between = guest.get("/account").status_code

    answer = guest.post("/sign-in/code", {"code": phone[0].code(later=1)})

    assert between == 302
    assert answer.location == "/mine?x=1"
    assert guest.get("/account").status_code == 200


def test_a_code_works_once(browse: Browse, admin: Account, phone: tuple[Phone, list[str]]) -> None:
    """Whoever looked over a shoulder cannot use the code again, nor a wrong one, nor an old one."""
    earlier, code = phone[0].code(), phone[0].code(later=1)
    password_step(browse, admin).post("/sign-in/code", {"code": code})
    guest = password_step(browse, admin)

    refused = [
        guest.post("/sign-in/code", {"code": typed}).text
        for typed in (code, earlier, "000000", "", "x" * 500)
    ]

    assert all("does not fit" in page for page in refused)
    assert guest.get("/account").status_code == 302


def test_a_code_on_paper_works_once(
    browse: Browse, admin: Account, phone: tuple[Phone, list[str]]
) -> None:
    """Without the phone, each of ten codes signs in one time, however it is typed."""
    codes = phone[1]
    first = password_step(browse, admin)
    first.post("/sign-in/code", {"code": codes[0].upper().replace("-", " ")})
    again = password_step(browse, admin)
    again.post("/sign-in/code", {"code": codes[0]})

    assert len(set(codes)) == 10
    assert first.get("/account").status_code == 200
    assert again.get("/account").status_code == 302
    assert "9 of your codes" in first.get(STEP).text


def test_nothing_of_it_can_be_read_in_the_database(
    library: Library, phone: tuple[Phone, list[str]]
) -> None:
    """The secret is encrypted with a key outside the database, the codes are hashed."""
    app, codes = phone

    with library.reading() as db:
        kept = db.scalars(select(SecondFactor)).one()
        text = f"{kept.sealed} {kept.recovery}".lower()

    assert app.secret.replace(" ", "").lower() not in text
    assert not any(code in text or code.replace("-", "") in text for code in codes)


def test_guessing_codes_has_to_wait(
    browse: Browse, admin: Account, phone: tuple[Phone, list[str]]
) -> None:
    """After ten wrong codes even the right one waits."""
    guest = password_step(browse, admin)
    token = guest.token("/sign-in/code")
    wrong = {"code": "123", "csrf_token": token}
    for _ in range(10):
        guest.client.post("/sign-in/code", data=wrong)

    answer = guest.client.post("/sign-in/code", data={**wrong, "code": phone[0].code(later=1)})

    assert answer.status_code == 429


@pytest.mark.parametrize("way", ["welcome", "reset"])
def test_no_link_passes_it_by(
    browse: Browse, library: Library, admin: Account, phone: tuple[Phone, list[str]], way: str
) -> None:
    """Whoever sets the password by a link still has to give a code."""
    with library.transaction() as db:
        person = people.get(db, admin.id)
        offered = resets.offer(db, admin.email)
        assert offered is not None
        token = people.invite(db, person) if way == "welcome" else offered[1]
    guest = browse()
    form = {"password": PASSWORD, "confirm": PASSWORD, "csrf_token": guest.token()}

    answer = guest.client.post(f"/{way}/{admin.id}/{token}", data=form)

    assert answer.location == "/sign-in"
    assert guest.get("/account").status_code == 302
    password_step(browse, admin)


def test_setting_it_up_needs_the_password_and_a_right_code(browse: Browse, admin: Account) -> None:
    """A browser that was left open does not lock its owner out, and no typing error does."""
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
def test_the_password_alone_changes_nothing_about_it(
    browse: Browse, admin: Account, phone: tuple[Phone, list[str]], act: str
) -> None:
    """A new secret, new codes and its end take the second step; the old one stays as it was."""
    member = browse(admin)

    without = member.post(STEP + act, {"password": PASSWORD})
    wrong = member.post(STEP + act, {"password": PASSWORD, "code": "000000"})
    code_alone = member.post(STEP + act, {"password": "not this", "code": phone[1][0]})

    assert {page.status_code for page in (without, wrong, code_alone)} == {400}
    assert "data-secret" not in without.text + wrong.text
    assert "data-codes" not in without.text + wrong.text
    guest = password_step(browse, admin)
    assert guest.post("/sign-in/code", {"code": phone[1][0]}).location == "/"


def test_it_is_taken_away_with_the_second_step(
    browse: Browse, admin: Account, phone: tuple[Phone, list[str]]
) -> None:
    """Its owner makes new codes, which end the old ones, and ends it with one of them."""
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


def test_an_administrator_helps_whoever_lost_their_phone(
    app: Flask, browse: Browse, library: Library, admin: Account, phone: tuple[Phone, list[str]]
) -> None:
    """It ends by one press under People, and its owner is written to."""
    browse(admin).post(f"/care/people/{admin.id}/second-step")

    (letter,) = letters_to(app, library, admin.email)
    assert "second step" in letter
    guest = browse()
    assert guest.post("/sign-in", {"email": admin.email, "password": PASSWORD}).location == "/"
