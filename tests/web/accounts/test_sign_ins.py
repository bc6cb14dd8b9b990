"""Tests of sign-ins on a real server: ending them, and copies of their cookies."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from library.accounts import passwords, people, two_factor
from library.models import Role
from library.settings import Settings
from library.store import open_library
from tests.served import Served, serving
from tests.web.browser.sign_in import PASSWORD
from tests.web.client import TOKEN

WRONG = "some wrong words"
ALLOWED = 3  # failed sign-ins of one account, until it is limited
NUMBERS = count(1)
HASH = passwords.hashed(PASSWORD)


class Visitor(requests.Session):
    """HTTP client that keeps cookies, as a browser does."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.trust_env = False
        self.address = address

    def page(self, path: str, **more: Any) -> requests.Response:
        """Open a page without following redirects."""
        return self.get(self.address + path, allow_redirects=False, timeout=60, **more)

    def form_token(self) -> str:
        """Return the form token of the browser."""
        found = TOKEN.search(self.get(f"{self.address}/sign-in", timeout=60).text)
        if found is None:
            found = TOKEN.search(self.page("/account").text)
        assert found
        return found.group(1)

    def submit(self, path: str, **form: str) -> requests.Response:
        """Send a form."""
        data = {"csrf_token": self.form_token(), **form}
        return self.post(self.address + path, data=data, allow_redirects=False, timeout=60)

    def submit_json(self, path: str, **content: str) -> requests.Response:
        """Send a form as JSON, as a program does."""
        headers = {"X-CSRFToken": self.form_token()}
        return self.post(
            self.address + path, json=content, headers=headers, allow_redirects=False, timeout=60
        )

    def is_in(self) -> bool:
        """Return whether the browser is signed in: the account page is shown."""
        return self.page("/account").status_code == 200

    def copy(self, *names: str) -> "Visitor":
        """Return another browser with a copy of the named cookies. Without names, copy all."""
        other = Visitor(self.address)
        for name, value in self.cookies.get_dict().items():
            if not names or name in names:
                other.cookies.set(name, value)
        return other


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home folder of a library with an administrator."""
    made = tmp_path_factory.mktemp("signed-in")
    library = open_library(Settings(home=made))
    with library.transaction() as db:
        people.add_account(
            db, name="Ines", email="ines@example.org", role=Role.ADMIN, password_hash=HASH
        )
    library.close()
    return made


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[Served]:
    """Site on a real server with a low sign-in limit per account and a high one per client."""
    limits = {
        "LIVING_HISTORY_ACCOUNT_LIMIT": f"{ALLOWED} per hour",
        "LIVING_HISTORY_SIGN_IN_LIMIT": "10000 per minute",
    }
    with serving(home, "--no-worker", **limits) as running:
        yield running


@pytest.fixture
def email(home: Path) -> str:
    """E-mail address of a new member."""
    address = f"wanda{next(NUMBERS)}@example.org"
    library = open_library(Settings(home=home))
    with library.transaction() as db:
        people.add_account(db, name="Wanda", email=address, role=Role.MENTEE, password_hash=HASH)
    library.close()
    return address


@pytest.fixture
def enter(served: Served) -> Callable[..., Visitor]:
    """Function that signs in with an e-mail address and a password, and returns the browser."""

    def sign_in(email: str, password: str = PASSWORD, **more: str) -> Visitor:
        visitor = Visitor(served.address.rstrip("/"))
        visitor.submit("/sign-in", email=email, password=password, **more)
        return visitor

    return sign_in


@pytest.mark.parametrize("names", [(), ("session",), ("remember_token",)])
def test_after_signing_out_copied_cookies_do_not_sign_in(
    enter: Callable[..., Visitor], email: str, names: tuple[str, ...]
) -> None:
    """After signing out, copies of the session and remember cookies do not sign in.

    Other browsers stay signed in.
    """
    here, other = enter(email, remember="y"), enter(email)
    copy = here.copy(*names)
    before = copy.is_in()

    here.submit("/sign-out")

    assert before
    assert not copy.is_in()
    assert not here.is_in()
    assert "remember_token" not in here.cookies
    assert other.is_in()


def test_a_sign_in_has_new_cookies(enter: Callable[..., Visitor], email: str) -> None:
    """A session cookie that was planted before the sign-in does not become signed in."""
    visitor = enter(email, password=WRONG)
    planted = visitor.copy()

    visitor.submit("/sign-in", email=email, password=PASSWORD)

    assert visitor.is_in()
    assert not planted.is_in()


def test_the_list_shows_each_browser_and_ends_it(enter: Callable[..., Visitor], email: str) -> None:
    """A member's list of sign-ins marks the present browser.

    From the list, the member can end one sign-in, or all others.
    """
    here, other, third = enter(email), enter(email, remember="y"), enter(email)
    listed = here.page("/account/sign-ins").text
    ends = re.findall(r'action="(/account/sign-ins/\d+/end)"', listed)

    unknown = enter("ines@example.org").submit(ends[1])
    here.submit(ends[1])
    after_one = [one.is_in() for one in (here, other, third)]
    here.submit("/account/sign-out-everywhere")

    assert len(ends) == 3
    assert listed.count("(this browser)") == 1
    assert "stays signed in until" in listed
    assert unknown.status_code == 404
    assert sorted(after_one) == [False, True, True]
    assert [here.is_in(), other.is_in(), third.is_in()] == [True, False, False]


def test_a_new_password_ends_the_others_and_keeps_this_one(
    enter: Callable[..., Visitor], email: str
) -> None:
    """A changed password signs out the member's other browsers and copied cookies.

    The browser in which the password was changed stays signed in with new cookies.
    """
    here, other = enter(email, remember="y"), enter(email)
    copy = here.copy()

    answer = here.submit(
        "/account/password",
        password=PASSWORD,
        new_password="quite another phrase",
        new_password_confirm="quite another phrase",
    )

    assert answer.headers["Location"] == "/account"
    assert [one.is_in() for one in (here, other, copy)] == [True, False, False]
    assert here.copy("remember_token").is_in()


def test_an_administrator_ends_sign_ins(enter: Callable[..., Visitor], email: str) -> None:
    """An administrator sees and ends the sign-ins of all members. A member cannot."""
    admin, one, other = enter("ines@example.org"), enter(email), enter(email)
    theirs = re.findall(r"/account/sign-ins/(\d+)/end", one.page("/account/sign-ins").text)
    listed = admin.page("/care/links").text

    refused = one.submit(f"/care/links/sign-in/{theirs[0]}/revoke")
    before = [one.is_in(), other.is_in()]
    for number in theirs:
        admin.submit(f"/care/links/sign-in/{number}/revoke")

    assert all(f"/care/links/sign-in/{number}/revoke" in listed for number in theirs)
    assert refused.status_code == 403
    assert before == [True, True]
    assert [one.is_in(), other.is_in(), admin.is_in()] == [False, False, True]


@pytest.mark.parametrize("way", ["form", "json"])
def test_a_limit_is_one_however_the_address_is_spelled(
    served: Served, enter: Callable[..., Visitor], email: str, way: str
) -> None:
    """All spellings of an e-mail address share one limit of failed sign-ins.

    Spellings differ in capitals, full-width letters, spaces and a final dot.
    """
    visitor = Visitor(served.address.rstrip("/"))
    send = visitor.submit if way == "form" else visitor.submit_json
    name, domain = email.split("@")
    spelled = [email.upper(), f"{name}@\uff45xample.org", f" {email} "]

    codes = [send("/sign-in", email=one, password=WRONG).status_code for one in spelled]
    last = [
        send("/sign-in", email=one, password=PASSWORD).status_code
        for one in (email, f"{name}@exampl\uff45.org", f"{name}@{domain.upper()}.")
    ]

    assert 429 not in codes
    assert last == [429] * 3
    assert not enter(email).is_in()
    assert enter("ines@example.org").is_in()


def test_simultaneous_guesses_are_limited(served: Served, email: str) -> None:
    """Of ten simultaneous wrong passwords, those beyond the limit answer 429."""
    visitors = [Visitor(served.address.rstrip("/")) for _ in range(10)]
    tokens = [visitor.form_token() for visitor in visitors]

    def attempt(number: int) -> int:
        form = {"csrf_token": tokens[number], "email": email, "password": WRONG}
        answer = visitors[number].post(
            f"{served.address.rstrip('/')}/sign-in", data=form, timeout=60
        )
        return answer.status_code

    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(attempt, range(10)))

    assert codes.count(429) == 10 - ALLOWED


def test_right_passwords_are_not_counted(enter: Callable[..., Visitor], email: str) -> None:
    """Sign-ins with the right password, by form or as JSON, do not count against the limit."""
    visitors = [enter(email) for _ in range(ALLOWED + 2)]

    visitors[0].submit("/sign-out")
    answer = visitors[0].submit_json("/sign-in", email=email, password=PASSWORD)

    assert answer.json()["meta"]["code"] == 200
    assert all(visitor.is_in() for visitor in visitors)


def test_a_pending_second_step_gives_no_more_guesses(
    home: Path, served: Served, enter: Callable[..., Visitor], email: str
) -> None:
    """Passing the password step of one account allows no more password guesses for another."""
    library = open_library(Settings(home=home))
    with library.transaction() as db:
        own = people.add_account(
            db, name="Xaver", email=f"x{email}", role=Role.MENTEE, password_hash=HASH
        )
        two_factor.enable(db, people.viewer_of(own), "sealed", 0)
    library.close()
    visitor = Visitor(served.address.rstrip("/"))

    codes = []
    for _ in range(ALLOWED + 1):
        visitor.submit("/sign-in", email=f"x{email}", password=PASSWORD)
        codes.append(visitor.submit("/sign-in", email=email, password=WRONG).status_code)

    assert codes == [200] * ALLOWED + [429]


def test_a_program_signs_in_as_before(served: Served, email: str) -> None:
    """A sign-in as JSON gets a JSON answer with the same structure as in earlier versions."""
    visitor = Visitor(served.address.rstrip("/"))

    wrong = visitor.submit_json("/sign-in", email=email, password=WRONG)
    right = visitor.submit_json("/sign-in", email=email, password=PASSWORD)
    again = visitor.submit_json("/sign-in", email=email, password=PASSWORD)
    out = visitor.submit_json("/sign-out")

    sentence = "The e-mail address or the password is wrong. Try again."
    assert (wrong.status_code, wrong.json()) == (
        400,
        {
            "meta": {"code": 400},
            "response": {"errors": [sentence], "field_errors": {"": [sentence]}},
        },
    )
    assert right.json()["response"].keys() == {"csrf_token", "tf_required", "user"}
    assert (again.status_code, out.json()) == (400, {"meta": {"code": 200}, "response": {}})
    assert not visitor.is_in()
