"""Sign-in, sign-out, passwords and tokens."""

from collections.abc import Callable

import pytest
from flask import Flask

from library.accounts import people
from library.models import Role
from library.store import Library
from tests.builders import Account
from tests.web.browsing import Browser
from tests.web.signing_in import PASSWORD

Browse = Callable[..., Browser]


def sign_in(guest: Browser, email: str, password: str, **more: str):
    return guest.post("/sign-in", {"email": email, "password": password, **more})


def test_whoever_knows_the_password_is_signed_in(browse: Browse, admin: Account) -> None:
    """The right address, in any capitals, and password open the library."""
    guest = browse()

    answer = sign_in(guest, admin.email.upper(), PASSWORD)

    assert answer.status_code == 302
    assert guest.get("/account").status_code == 200


def test_a_refusal_does_not_tell_who_has_an_account(browse: Browse, admin: Account) -> None:
    """A wrong password and an unknown address get the same words."""
    known = sign_in(browse(), admin.email, "something else")
    unknown = sign_in(browse(), "nobody@example.org", "something else")

    sentences = [_without_tokens(page.text, admin.email) for page in (known, unknown)]

    assert sentences[0] == sentences[1]
    assert "do not belong together" in sentences[0]


def _without_tokens(page: str, email: str) -> str:
    import re

    page = page.replace(email, "").replace("nobody@example.org", "")
    return re.sub(r'(id="csrf_token"[^>]*|value="[\w.-]{40,}")', "", page)


def test_a_closed_account_stays_outside(browse: Browse, library: Library, admin: Account) -> None:
    """Closing an account refuses its password and ends its sign-ins at once."""
    member = browse(admin)
    before = member.get("/account").status_code
    with library.transaction() as db:
        people.get(db, admin.id).active = False
        people.add_account(db, name="B", email="b@x.org", role=Role.ADMIN, password_hash="x")

    after, again = member.get("/account"), sign_in(browse(), admin.email, PASSWORD)

    assert (before, after.status_code, again.status_code) == (200, 302, 200)


def test_signing_out_needs_a_form_and_ends_the_visit(browse: Browse, admin: Account) -> None:
    """A link on another site cannot sign anybody out; the button does."""
    member = browse(admin)

    by_link, by_button = member.get("/sign-out"), member.post("/sign-out")

    assert (by_link.status_code, by_button.status_code) == (405, 302)
    assert member.get("/account").status_code == 302


def test_a_new_password_ends_the_other_sign_ins(browse: Browse, admin: Account) -> None:
    """Who changes the password stays; other browsers have to sign in again."""
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
def test_nobody_is_led_to_another_site(browse: Browse, admin: Account, target: str) -> None:
    """A `next` that names another host is not followed."""
    answer = sign_in(browse(), admin.email, PASSWORD, next=target)

    location = answer.headers.get("Location", "/")
    assert "evil" not in location or location.startswith(("/%5C", "%5C"))


def test_sign_in_leads_back_to_where_one_was_going(browse: Browse, admin: Account) -> None:
    """A guest who needs to sign in is sent to the form and then to the page."""
    guest = browse()
    refused = guest.get("/mine?x=1")

    answer = sign_in(guest, admin.email, PASSWORD, next="/mine?x=1")

    assert refused.location == "/sign-in?next=/mine?x%3D1"
    assert answer.location == "/mine?x=1"


def test_too_many_attempts_have_to_wait(browse: Browse, admin: Account) -> None:
    """After ten attempts in a minute even the right password waits."""
    guest, token = browse(), browse().token()
    token = guest.token()
    form = {"email": admin.email, "password": "wrong words here", "csrf_token": token}
    for _ in range(10):
        guest.client.post("/sign-in", data=form)

    answer = guest.client.post("/sign-in", data={**form, "password": PASSWORD})

    assert answer.status_code == 429
    assert "Too many attempts" in answer.text


def test_signing_in_renews_the_form_token(browse: Browse, admin: Account) -> None:
    """Whoever planted a cookie before the sign-in does not know the token after it."""
    guest = browse()
    before = guest.token()
    guest.client.post(
        "/sign-in", data={"email": admin.email, "password": PASSWORD, "csrf_token": before}
    )

    answer = guest.client.post("/sign-out", data={"csrf_token": before})

    assert answer.status_code == 400


def test_a_token_is_shown_once_and_can_be_revoked(browse: Browse, mentor: Account) -> None:
    """A program gets in with the token that was shown, until its owner revokes it."""
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
    """Whoever steals a token cannot make further ones of it."""
    answer = app.test_client().post(
        "/account/tokens", data={"label": "x", "days": ""}, headers=token_of(mentor)
    )

    assert answer.status_code == 403


def test_an_invitation_sets_a_password_once(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """The link from the administrator lets its owner choose a password, one time."""
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
