"""Tests of the set-up of the first administrator."""

from flask import Flask

from library.accounts import people
from library.models import Role
from library.store import Library
from tests.web.client import Browser
from web.accounts.setup import setup_link

FORM = {
    "name": "Ines",
    "email": "Ines@Example.org",
    "password": "a few plain words",
    "confirm": "a few plain words",
}


def path_of(link: str | None) -> str:
    assert link is not None
    return link.removeprefix("http://here")


def test_without_an_administrator_every_page_points_at_the_terminal(bare_app: Flask) -> None:
    """Before the first administrator exists, pages answer 503 and refer to the terminal."""
    guest = Browser(bare_app)

    answers = [guest.get(path) for path in ("/", "/sessions", "/sign-in", "/add")]

    assert {answer.status_code for answer in answers} == {503}
    assert all("Look at the terminal" in answer.text for answer in answers)


def test_the_link_makes_the_first_administrator_and_signs_in(
    bare_app: Flask, library: Library
) -> None:
    """The set-up link makes an administrator, who is signed in and led to the home page."""
    guest, path = Browser(bare_app), path_of(setup_link(library, "http://here/"))
    token = guest.token(path)

    answer = guest.client.post(path, data={**FORM, "csrf_token": token})

    assert (answer.status_code, answer.location) == (302, "/")
    assert guest.get("/care/").status_code == 200
    with library.reading() as db:
        person = people.by_email(db, "ines@example.org")
        assert person is not None
        assert person.role is Role.ADMIN
        assert (person.password_hash or "").startswith("$argon2id$")


def test_the_link_works_once(bare_app: Flask, library: Library) -> None:
    """A used set-up link answers 404, and a new set-up link cannot be made."""
    guest, path = Browser(bare_app), path_of(setup_link(library, "http://here"))
    guest.client.post(path, data={**FORM, "csrf_token": guest.token(path)})

    answer = Browser(bare_app).get(path)

    assert answer.status_code == 404
    assert setup_link(library, "http://here") is None


def test_a_newer_link_replaces_the_older(bare_app: Flask, library: Library) -> None:
    """A newer set-up link makes the older one invalid."""
    old, new = (path_of(setup_link(library, "http://here")) for _ in range(2))

    answers = [Browser(bare_app).get(path).status_code for path in (old, new)]

    assert answers == [404, 200]


def test_a_refused_password_keeps_what_was_typed(bare_app: Flask, library: Library) -> None:
    """A password that is short or repeated wrongly is refused, and the form keeps the name."""
    guest, path = Browser(bare_app), path_of(setup_link(library, "http://here"))
    token = guest.token(path)

    short = guest.client.post(
        path, data={**FORM, "password": "short", "confirm": "short", "csrf_token": token}
    )
    differ = guest.client.post(path, data={**FORM, "confirm": "other words", "csrf_token": token})

    assert short.status_code == differ.status_code == 400
    assert "at least 10 characters" in short.text
    assert "two passwords differ" in differ.text
    assert 'value="Ines"' in short.text
