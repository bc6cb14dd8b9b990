"""A lost password: the letter, the link, and what a new password ends."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from library.accounts import people
from library.accounts.resets import PAUSE
from library.models import OneTimeLink, now
from library.store import Library
from tests.builders import Account
from tests.web.browsing import TOKEN, Browser
from tests.web.letters import letters_to, link_in

Browse = Callable[..., Browser]
NEW = {"password": "words of my own", "confirm": "words of my own"}


@pytest.fixture
def link(app: Flask, library: Library, browse: Browse, mentor: Account) -> str:
    """The link that Ada got because she asked for it."""
    browse().post("/forgot", {"email": mentor.email.upper()})
    (letter,) = letters_to(app, library, mentor.email)
    return link_in(letter)


def choose(browse: Browse, link: str, **form: str):
    guest = browse()
    return guest.client.post(link, data={"csrf_token": guest.token(), **NEW, **form})


def test_the_link_sets_a_password_once_and_signs_nobody_in(
    browse: Browse, link: str, mentor: Account
) -> None:
    """The new password opens the library by the sign-in, and the link nothing any more."""
    answer, again = choose(browse, link), choose(browse, link)

    guest = browse()
    signed_in = guest.post("/sign-in", {"email": mentor.email, "password": NEW["password"]})
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert again.status_code == browse().get(link).status_code == 404
    assert signed_in.status_code == 302


def test_a_new_password_ends_every_sign_in_and_every_other_link(
    browse: Browse, library: Library, link: str, mentor: Account
) -> None:
    """Whoever was signed in as Ada, or holds an older link of hers, is out."""
    elsewhere = browse(mentor)
    before = elsewhere.get("/account").status_code
    with library.transaction() as db:
        token = people.invite(db, people.get(db, mentor.id))

    choose(browse, link)

    assert (before, elsewhere.get("/account").status_code) == (200, 302)
    assert browse().get(f"/welcome/{mentor.id}/{token}").status_code == 404


def test_a_bad_choice_keeps_the_link(browse: Browse, link: str) -> None:
    """Two passwords that differ are told, and the link works on."""
    answer = choose(browse, link, confirm="something else")

    assert answer.status_code == 400
    assert "differ" in answer.text
    assert choose(browse, link).status_code == 302


def test_the_answer_does_not_tell_who_has_an_account(
    app: Flask, library: Library, browse: Browse, mentor: Account
) -> None:
    """A known and an unknown address get the same page; what is written comes behind it."""
    known = browse().post("/forgot", {"email": mentor.email})
    unknown = browse().post("/forgot", {"email": "nobody@example.org"})

    assert known.status_code == unknown.status_code == 200
    assert known.data == unknown.data
    assert letters_to(app, library, "nobody@example.org") == []


def test_asking_again_at_once_floods_nobody(
    app: Flask, library: Library, browse: Browse, mentor: Account, link: str
) -> None:
    """A second letter waits for some minutes; then it comes, and ends the first link."""
    browse().post("/forgot", {"email": mentor.email})
    at_once = len(letters_to(app, library, mentor.email))
    with library.transaction() as db:
        db.execute(update(OneTimeLink).values(created_at=now() - PAUSE))
    browse().post("/forgot", {"email": mentor.email})

    later = letters_to(app, library, mentor.email)

    assert (at_once, len(later)) == (1, 2)
    assert browse().get(link).status_code == 404
    assert browse().get(link_in(later[1])).status_code == 200


def test_a_link_ends_with_its_time_and_its_account(
    browse: Browse, library: Library, link: str, mentor: Account, admin: Account
) -> None:
    """After two hours the link is gone; the link of an account that was closed is gone at once."""
    with library.transaction() as db:
        ends = db.scalars(select(OneTimeLink.expires_at)).one()
        db.execute(update(OneTimeLink).values(expires_at=now()))
    too_late = browse().get(link).status_code
    with library.transaction() as db:
        db.execute(update(OneTimeLink).values(expires_at=ends))
    in_time = browse().get(link).status_code
    browse(admin).post(f"/care/people/{mentor.id}", {"active": ""})

    assert (too_late, in_time, browse().get(link).status_code) == (404, 200, 404)


def test_a_closed_account_gets_no_letter(
    app: Flask, library: Library, browse: Browse, mentor: Account
) -> None:
    """Whoever may not sign in is not written to."""
    with library.transaction() as db:
        people.get(db, mentor.id).active = False

    browse().post("/forgot", {"email": mentor.email})

    assert letters_to(app, library, mentor.email) == []


def test_no_browser_chooses_the_host_of_a_link(
    app: Flask, library: Library, browse: Browse, mentor: Account
) -> None:
    """A forged Host does not lead Ada, with her link, to somebody else's site."""
    client, there = app.test_client(), "http://evil.example"
    token = TOKEN.search(client.get("/forgot", base_url=there).text)
    assert token

    client.post(
        "/forgot",
        base_url=there,
        data={"email": mentor.email, "csrf_token": token.group(1)},
        headers={"X-Forwarded-Host": "evil.example"},
    )

    (letter,) = letters_to(app, library, mentor.email)
    assert "evil" not in letter
    assert link_in(letter).startswith(f"/reset/{mentor.id}/")


@pytest.mark.parametrize("email", ["", "nowhere", "a@b.org\nBcc: all@example.org", "a b@c.org"])
def test_what_is_no_address_is_told(browse: Browse, email: str) -> None:
    """A line that cannot be an address is refused with a sentence."""
    answer = browse().post("/forgot", {"email": email})

    assert answer.status_code == 400
    assert "not an e-mail address" in answer.text
