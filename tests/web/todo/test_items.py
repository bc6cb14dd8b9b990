"""Tests of to-do items on the home page, in the navigation and in the API.

Covers: todo_api.
"""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from library.accounts import join_requests, service_settings
from library.accounts.service_settings import Service
from library.consent import release
from library.models import ParticipantRole, Source, State, Visibility
from library.sessions import sessions
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.web.api_client import Headers, Program
from tests.web.client import Browser

Browse = Callable[..., Browser]
SAID = (("Ada Mentor", "Ask for feedback the same day."), ("Ben Mentee", "I was afraid to."))


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> Built:
    """Session for all members that waits for the mentee's consent."""
    built = add_session(
        library,
        title="About the same day",
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    with library.transaction() as db:
        release.choose(db, mentor.viewer, sessions.get(db, built.session_id))
    return built


@pytest.fixture
def program_of(app: Flask, token_of: Callable[[Account], Headers]) -> Callable[[Account], Program]:
    """Function that returns a program with a token of the given account."""
    return lambda account: Program(app, token_of(account))


def block(page: str) -> str:
    """Return the HTML of a page's to-do items."""
    match = re.search(r'<section class="notice waiting".*?</section>', page, re.DOTALL)
    return match.group(0) if match else ""


def numbers(page: str) -> dict[str, str]:
    """Return the counts in the navigation, by the label of their link."""
    links = re.findall(r">([A-Z][\w ]+?) <span class=\"waits\">.*?hidden\">(.*?)</span>", page)
    return dict(links)


def test_a_request_for_consent_is_on_the_home_page(
    browse: Browse, talk: Built, mentor: Account, mentee: Account
) -> None:
    """The home page and the navigation show a request for consent until it is answered."""
    ben, ada = browse(mentee), browse(mentor)
    before = ben.get("/").text

    ben.post(f"/sessions/{talk.session_id}/release", {"do": "agree"})
    after = ben.get("/").text

    assert f'href="/sessions/{talk.session_id}/release"' in block(before)
    assert "About the same day" in block(before)
    assert numbers(before) == {"My sessions": "(1 waiting)"}
    assert block(after) == ""
    assert numbers(after) == {}
    assert block(ada.get("/").text) == ""
    assert block(browse().get("/").text) == ""


def test_a_refusal_is_on_the_pages_of_the_owner(
    browse: Browse, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A release that a speaker refused is on the owner's home page and list of sessions."""
    browse(mentee).post(f"/sessions/{talk.session_id}/release", {"do": "decline"})

    ada = browse(mentor)

    for path in ("/", "/mine"):
        assert f'href="/sessions/{talk.session_id}/release"' in block(ada.get(path).text)
    assert numbers(ada.get("/sessions").text) == {"My sessions": "(1 waiting)"}


def test_a_repeated_request_for_consent_is_on_the_home_page(
    browse: Browse, talk: Built, mentor: Account, mentee: Account
) -> None:
    """If the owner widens the visibility, the speaker's home page asks for consent again."""
    ben = browse(mentee)
    ben.post(f"/sessions/{talk.session_id}/release", {"do": "agree"})

    browse(mentor).post(f"/sessions/{talk.session_id}/visibility", {"visibility": "public"})

    assert "You are asked again" in block(ben.get("/").text)


def test_administrators_have_to_do_items(
    browse: Browse, library: Library, talk: Built, admin: Account
) -> None:
    """A join request and a failed source are to-do items of an administrator."""
    with library.transaction() as db:
        service_settings.change(db, admin.viewer, Service(join_by_approval=True))
        join_requests.join(db, "Ann", "ann@example.org", "")
        db.execute(update(Source).values(state=State.FAILED))

    ines = browse(admin)

    assert numbers(ines.get("/").text) == {"Administration": "(2 waiting)"}
    assert 'href="/care/people"' in block(ines.get("/").text)
    assert "1 person requests an account." in block(ines.get("/care/").text)
    assert "Nothing needs your attention" not in ines.get("/care/").text


def test_a_long_list_is_folded(
    browse: Browse, library: Library, mentor: Account, mentee: Account
) -> None:
    """The home page shows five to-do items. Further items are inside a collapsed element."""
    for number in range(7):
        add_session(
            library,
            title=f"Talk {number}",
            lines=SAID,
            owner=mentor,
            participants=[(mentee.id, ParticipantRole.MENTEE)],
            visibility=Visibility.MEMBERS,
            content=bytes([number]),
            released=False,
        )

    visible, _, folded = block(browse(mentee).get("/").text).partition("<details>")

    assert visible.count("<li>") == 5
    assert folded.count("<li>") == 2
    assert "2 more" in folded


def test_the_api_lists_to_do_items(
    program_of: Callable[[Account], Program], talk: Built, mentee: Account, mentor: Account
) -> None:
    """The API lists a member's to-do items, each with its kind and its page."""
    listed = program_of(mentee)("GET", "/me/waiting").json

    assert listed["count"] == 1
    assert listed["waiting"][0]["kind"] == "consent"
    assert listed["waiting"][0]["desk"] == "mine"
    assert listed["waiting"][0]["links"]["page"] == f"/sessions/{talk.session_id}/release"
    assert program_of(mentor)("GET", "/me/waiting").json["waiting"] == []
