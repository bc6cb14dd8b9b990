"""Tests of the password reset: the e-mail, the link, and the end of other sign-ins.

Covers: password_form.
"""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from library.accounts import people
from library.accounts.password_resets import PAUSE
from library.models import OneTimeLink, now
from library.store import Library
from tests.builders import Account
from tests.web.client import TOKEN, Browser
from tests.web.outbox import emails_to, link_in

Browse = Callable[..., Browser]
NEW = {"password": "words of my own", "confirm": "words of my own"}


@pytest.fixture
def link(app: Flask, library: Library, browse: Browse, mentor: Account) -> str:
    """Password reset link that the mentor Ada requested."""
    browse().post("/forgot", {"email": mentor.email.upper()})
    (message,) = emails_to(app, library, mentor.email)
    return link_in(message)


def choose(browse: Browse, link: str, **form: str):
    """Send a new password with a reset link."""
    guest = browse()
    return guest.client.post(link, data={"csrf_token": guest.token(), **NEW, **form})


def test_the_link_sets_a_password_once_and_does_not_sign_in(
    browse: Browse, link: str, mentor: Account
) -> None:
    """A reset link sets the password once and leads to the sign-in page."""
    answer, again = choose(browse, link), choose(browse, link)

    guest = browse()
    signed_in = guest.post("/sign-in", {"email": mentor.email, "password": NEW["password"]})
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert again.status_code == browse().get(link).status_code == 404
    assert signed_in.status_code == 302


def test_a_new_password_ends_every_sign_in_and_every_other_link(
    browse: Browse, library: Library, link: str, mentor: Account
) -> None:
    """A new password ends all sign-ins of the person and all other links that set a password."""
    elsewhere = browse(mentor)
    before = elsewhere.get("/account").status_code
    with library.transaction() as db:
        token = people.invite(db, people.get(db, mentor.id))

    choose(browse, link)

    assert (before, elsewhere.get("/account").status_code) == (200, 302)
    assert browse().get(f"/welcome/{mentor.id}/{token}").status_code == 404


def test_a_bad_choice_keeps_the_link(browse: Browse, link: str) -> None:
    """If the two typed passwords differ, they are refused and the link stays valid."""
    answer = choose(browse, link, confirm="something else")

    assert answer.status_code == 400
    assert "differ" in answer.text
    assert choose(browse, link).status_code == 302


def test_the_answer_does_not_disclose_an_account(
    app: Flask, library: Library, browse: Browse, mentor: Account
) -> None:
    """A known and an unknown address get the same page. The unknown one gets no e-mail."""
    known = browse().post("/forgot", {"email": mentor.email})
    unknown = browse().post("/forgot", {"email": "nobody@example.org"})

    assert known.status_code == unknown.status_code == 200
    assert known.data == unknown.data
    assert emails_to(app, library, "nobody@example.org") == []


def test_a_second_email_waits_for_a_pause(
    app: Flask, library: Library, browse: Browse, mentor: Account, link: str
) -> None:
    """A second request for a reset link sends an e-mail only after a pause.

    The new link then replaces the first one.
    """
    browse().post("/forgot", {"email": mentor.email})
    at_once = len(emails_to(app, library, mentor.email))
    with library.transaction() as db:
        db.execute(update(OneTimeLink).values(created_at=now() - PAUSE))
    browse().post("/forgot", {"email": mentor.email})

    later = emails_to(app, library, mentor.email)

    assert (at_once, len(later)) == (1, 2)
    assert browse().get(link).status_code == 404
    assert browse().get(link_in(later[1])).status_code == 200


def test_a_link_ends_with_its_time_and_its_account(
    browse: Browse, library: Library, link: str, mentor: Account, admin: Account
) -> None:
    """A reset link answers 404 after its expiry, and after its account was closed."""
    with library.transaction() as db:
        ends = db.scalars(select(OneTimeLink.expires_at)).one()
        db.execute(update(OneTimeLink).values(expires_at=now()))
    too_late = browse().get(link).status_code
    with library.transaction() as db:
        db.execute(update(OneTimeLink).values(expires_at=ends))
    in_time = browse().get(link).status_code
    browse(admin).post(f"/care/people/{mentor.id}", {"active": ""})

    assert (too_late, in_time, browse().get(link).status_code) == (404, 200, 404)


def test_a_closed_account_gets_no_email(
    app: Flask, library: Library, browse: Browse, mentor: Account
) -> None:
    """A password reset for a closed account sends no e-mail."""
    with library.transaction() as db:
        people.get(db, mentor.id).active = False

    browse().post("/forgot", {"email": mentor.email})

    assert emails_to(app, library, mentor.email) == []


def test_a_forged_host_does_not_change_the_link(
    app: Flask, library: Library, browse: Browse, mentor: Account
) -> None:
    """The link in the e-mail does not contain a forged `Host` header."""
    client, forged_host = app.test_client(), "http://evil.example"
    token = TOKEN.search(client.get("/forgot", base_url=forged_host).text)
    assert token

    client.post(
        "/forgot",
        base_url=forged_host,
        data={"email": mentor.email, "csrf_token": token.group(1)},
        headers={"X-Forwarded-Host": "evil.example"},
    )

    (message,) = emails_to(app, library, mentor.email)
    assert "evil" not in message
    assert link_in(message).startswith(f"/reset/{mentor.id}/")


@pytest.mark.parametrize("email", ["", "nowhere", "a@b.org\nBcc: all@example.org", "a b@c.org"])
def test_an_invalid_address_is_refused(browse: Browse, email: str) -> None:
    """An invalid e-mail address answers 400 with a message."""
    answer = browse().post("/forgot", {"email": email})

    assert answer.status_code == 400
    assert "an e-mail address" in answer.text
