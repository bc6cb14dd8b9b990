"""What waits for somebody, where they look first: the home page, the navigation, the API."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from library.accounts import joining, service
from library.accounts.service import Service
from library.consent import release
from library.holdings import sessions
from library.models import Part, Source, State, Visibility
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.web.browsing import Browser
from tests.web.program import Headers, Program

Browse = Callable[..., Browser]
SAID = (("Ada Mentor", "Ask for feedback the same day."), ("Ben Mentee", "I was afraid to."))


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> Built:
    """A session for all members that waits for the mentee."""
    built = add_session(
        library,
        title="About the same day",
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    with library.transaction() as db:
        release.choose(db, mentor.viewer, sessions.get(db, built.session_id))
    return built


@pytest.fixture
def program_of(app: Flask, token_of: Callable[[Account], Headers]) -> Callable[[Account], Program]:
    """A program of somebody's."""
    return lambda account: Program(app, token_of(account))


def block(page: str) -> str:
    """What the page says waits for its reader."""
    found = re.search(r'<section class="notice waiting".*?</section>', page, re.DOTALL)
    return found.group(0) if found else ""


def numbers(page: str) -> dict[str, str]:
    """The numbers of the navigation, by the label of their link, as they are read aloud."""
    links = re.findall(r">([A-Z][\w ]+?) <span class=\"waits\">.*?hidden\">(.*?)</span>", page)
    return dict(links)


def test_whoever_is_asked_reads_it_on_the_first_page(
    browse: Browse, talk: Built, mentor: Account, mentee: Account
) -> None:
    """The home page leads to the question, the navigation counts it, until they answer."""
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


def test_an_owner_reads_of_a_refusal(
    browse: Browse, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A no stands on the owner's first page and among their sessions."""
    browse(mentee).post(f"/sessions/{talk.session_id}/release", {"do": "decline"})

    ada = browse(mentor)

    for path in ("/", "/mine"):
        assert f'href="/sessions/{talk.session_id}/release"' in block(ada.get(path).text)
    assert numbers(ada.get("/sessions").text) == {"My sessions": "(1 waiting)"}


def test_whoever_is_asked_again_reads_it_again(
    browse: Browse, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A wider audience asks again, on the first page as well."""
    ben = browse(mentee)
    ben.post(f"/sessions/{talk.session_id}/release", {"do": "agree"})

    browse(mentor).post(f"/sessions/{talk.session_id}/visibility", {"visibility": "public"})

    assert "You are asked again" in block(ben.get("/").text)


def test_administrators_read_what_is_theirs_to_do(
    browse: Browse, library: Library, talk: Built, admin: Account
) -> None:
    """Who asks for an account and what failed stands under the navigation's last page."""
    with library.transaction() as db:
        service.change(db, admin.viewer, Service(join_by_approval=True))
        joining.join(db, "Ann", "ann@example.org", "")
        db.execute(update(Source).values(state=State.FAILED))

    ines = browse(admin)

    assert numbers(ines.get("/").text) == {"Care": "(2 waiting)"}
    assert 'href="/care/people"' in block(ines.get("/").text)
    assert "Somebody asks for an account." in block(ines.get("/care/").text)
    assert "Nothing needs your attention" not in ines.get("/care/").text


def test_a_long_list_is_folded(
    browse: Browse, library: Library, mentor: Account, mentee: Account
) -> None:
    """The first five are shown, the others open without a script."""
    for number in range(7):
        add_session(
            library,
            title=f"Talk {number}",
            lines=SAID,
            owner=mentor,
            participants=[(mentee.id, Part.MENTEE)],
            visibility=Visibility.MEMBERS,
            content=bytes([number]),
            released=False,
        )

    shown, _, folded = block(browse(mentee).get("/").text).partition("<details>")

    assert shown.count("<li>") == 5
    assert folded.count("<li>") == 2
    assert "2 more" in folded


def test_programs_are_told_the_same(
    program_of: Callable[[Account], Program], talk: Built, mentee: Account, mentor: Account
) -> None:
    """`/api/v1/me/waiting` names what waits, its sentence and its page."""
    told = program_of(mentee)("GET", "/me/waiting").json

    assert told["count"] == 1
    assert told["waiting"][0]["kind"] == "consent"
    assert told["waiting"][0]["desk"] == "mine"
    assert told["waiting"][0]["links"]["page"] == f"/sessions/{talk.session_id}/release"
    assert program_of(mentor)("GET", "/me/waiting").json["waiting"] == []
