"""Tests of sign-in, sign-out, passwords and API tokens.

Covers: account, login_manager.
"""

from collections.abc import Callable

import pytest
from flask import Flask

from library.accounts import people
from library.models import Role
from library.store import Library
from tests.builders import Account
from tests.web.browser.sign_in import PASSWORD
from tests.web.client import Browser

Browse = Callable[..., Browser]


def sign_in(guest: Browser, email: str, password: str, **more: str):
    return guest.post("/sign-in", {"email": email, "password": password, **more})


def test_the_right_password_signs_in(browse: Browse, admin: Account) -> None:
    """The e-mail address in any letter case and the right password sign in."""
    guest = browse()

    answer = sign_in(guest, admin.email.upper(), PASSWORD)

    assert answer.status_code == 302
    assert guest.get("/account").status_code == 200


def test_a_refusal_does_not_disclose_an_account(browse: Browse, admin: Account) -> None:
    """A wrong password and an unknown e-mail address get the same page."""
    known = sign_in(browse(), admin.email, "something else")
    unknown = sign_in(browse(), "nobody@example.org", "something else")

    sentences = [_without_tokens(page.text, admin.email) for page in (known, unknown)]

    assert sentences[0] == sentences[1]
    assert "password is wrong" in sentences[0]


def _without_tokens(page: str, email: str) -> str:
    import re

    page = page.replace(email, "").replace("nobody@example.org", "")
    return re.sub(r'(id="csrf_token"[^>]*|value="[\w.-]{40,}")', "", page)


def test_a_closed_account_is_refused(browse: Browse, library: Library, admin: Account) -> None:
    """Closing an account ends its sign-ins at once and refuses its password."""
    member = browse(admin)
    before = member.get("/account").status_code
    with library.transaction() as db:
        people.get(db, admin.id).active = False
        people.add_account(db, name="B", email="b@x.org", role=Role.ADMIN, password_hash="x")

    after, again = member.get("/account"), sign_in(browse(), admin.email, PASSWORD)

    assert (before, after.status_code, again.status_code) == (200, 302, 200)


def test_signing_out_needs_a_form(browse: Browse, admin: Account) -> None:
    """Signing out by a link (GET) answers 405. The form (POST) signs out."""
    member = browse(admin)

    by_link, by_button = member.get("/sign-out"), member.post("/sign-out")

    assert (by_link.status_code, by_button.status_code) == (405, 302)
    assert member.get("/account").status_code == 302


def test_a_new_password_ends_the_other_sign_ins(browse: Browse, admin: Account) -> None:
    """Changing the password ends the member's other sign-ins and not the present one."""
    here, elsewhere = browse(), browse(admin)
    sign_in(here, admin.email, PASSWORD)
    here.member = True

    answer = here.post(
        "/account/password",
        {
            "password": PASSWORD,
            "new_password": "quite another phrase",
            "new_password_confirm": "quite another phrase",
        },
    )

    assert answer.status_code == 302
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    assert sign_in(browse(), admin.email, "quite another phrase").status_code == 302


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "///evil.example", "/\\evil.example", "\\\\evil"],
)
def test_next_does_not_lead_to_another_site(browse: Browse, admin: Account, target: str) -> None:
    """After sign-in, a `next` parameter with a foreign host is ignored."""
    answer = sign_in(browse(), admin.email, PASSWORD, next=target)

    location = answer.headers.get("Location", "/")
    assert "evil" not in location or location.startswith(("/%5C", "%5C"))


def test_sign_in_leads_to_the_requested_page(browse: Browse, admin: Account) -> None:
    """A guest who requests a page for members is led to it after the sign-in."""
    guest = browse()
    refused = guest.get("/mine?x=1")

    answer = sign_in(guest, admin.email, PASSWORD, next="/mine?x=1")

    assert refused.location == "/sign-in?next=/mine?x%3D1"
    assert answer.location == "/mine?x=1"


def test_sign_in_attempts_are_limited(browse: Browse, admin: Account) -> None:
    """After ten attempts within a minute, even the right password answers 429."""
    guest, token = browse(), browse().token()
    token = guest.token()
    form = {"email": admin.email, "password": "wrong words here", "csrf_token": token}
    for _ in range(10):
        guest.client.post("/sign-in", data=form)

    answer = guest.client.post("/sign-in", data={**form, "password": PASSWORD})

    assert answer.status_code == 429
    assert "Too many attempts" in answer.text


def test_signing_in_renews_the_form_token(browse: Browse, admin: Account) -> None:
    """A form token that was issued before the sign-in is refused after it."""
    guest = browse()
    before = guest.token()
    guest.client.post(
        "/sign-in", data={"email": admin.email, "password": PASSWORD, "csrf_token": before}
    )

    answer = guest.client.post("/sign-out", data={"csrf_token": before})

    assert answer.status_code == 400


def test_a_token_is_shown_once_and_can_be_revoked(browse: Browse, mentor: Account) -> None:
    """An API token is shown once and works until its owner revokes it."""
    member = browse(mentor)
    secret = _between(
        member.post("/account/tokens", {"label": "laptop", "days": "30", "may": "read"}).text,
        "data-secret>",
        "<",
    )
    program = {"Authorization": f"Bearer {secret}"}

    before = browse().get("/mine", headers=program).status_code
    listed = member.get("/account/tokens").text
    member.post("/account/tokens/1/revoke")
    after = browse().get("/mine", headers=program).status_code

    assert (before, after) == (200, 401)
    assert secret not in listed


def test_a_token_cannot_make_tokens(
    app: Flask, mentor: Account, token_of: Callable[[Account], dict[str, str]]
) -> None:
    """A request with an API token cannot make another token."""
    answer = app.test_client().post(
        "/account/tokens", data={"label": "x", "days": ""}, headers=token_of(mentor)
    )

    assert answer.status_code == 403


def test_an_invitation_sets_a_password_once(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """An invitation link sets a password once and signs in."""
    with library.transaction() as db:
        path = f"/welcome/{mentor.id}/{people.invite(db, people.get(db, mentor.id))}"
    guest = browse()
    token = guest.token(path)
    form = {"password": "words of my own", "confirm": "words of my own", "csrf_token": token}

    answer, again = guest.client.post(path, data=form), browse().get(path)

    assert (answer.status_code, again.status_code) == (302, 404)
    assert guest.get("/mine").status_code == 200
    assert sign_in(browse(), mentor.email, "words of my own").status_code == 302


def _between(text: str, start: str, end: str) -> str:
    return text.split(start, 1)[1].split(end, 1)[0]
