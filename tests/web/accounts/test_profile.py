"""Tests of profiles, last days of members, and closed accounts."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from library.access import GUEST, today
from library.accounts import passwords, people, tokens
from library.models import ParticipantRole, Role
from library.sessions import sessions
from library.store import Library
from tests.builders import Account, add_session
from tests.web.browser.sign_in import PASSWORD
from tests.web.client import Browser

Browse = Callable[..., Browser]
PROFILE = {
    "helps_with": "Asking for feedback",
    "learns": "Planning a workshop",
    "availability": "Tuesday evenings",
    "about": "Potter.",
    "languages": ["en", "de"],
}


@pytest.fixture
def public_session(library: Library, mentor: Account) -> int:
    """Public session in which Ada speaks."""
    return add_session(
        library, owner=mentor, participants=[(mentor.id, ParticipantRole.MENTOR)]
    ).session_id


def test_members_read_a_profile(
    browse: Browse, mentor: Account, mentee: Account, public_session: int
) -> None:
    """Members read the whole profile on the person's page.

    Guests read only the text about the person.
    """
    answer = browse(mentor).post("/account/profile", PROFILE)

    member = browse(mentee).get(f"/people/{mentor.id}").text
    guest = browse().get(f"/people/{mentor.id}").text
    assert answer.location == f"/people/{mentor.id}"
    for words in ("Asking for feedback", "Planning a workshop", "Tuesday", "English, German"):
        assert words in member
        assert words not in guest
    assert "Potter." in guest


def test_a_profile_is_found_before_the_first_session(
    browse: Browse, mentor: Account, mentee: Account
) -> None:
    """A person with a profile but no session has a page for members, and none for guests."""
    before = browse(mentee).get(f"/people/{mentor.id}").status_code
    browse(mentor).post("/account/profile", PROFILE)

    codes = [browse(who).get(f"/people/{mentor.id}").status_code for who in (mentee, None)]

    assert (before, codes) == (404, [200, 404])


def test_a_guest_has_no_profile(browse: Browse) -> None:
    """A guest who opens or sends the profile form is led to the sign-in page."""
    guest = browse()

    assert guest.get("/account/profile").location == "/sign-in?next=/account/profile"
    assert guest.post("/account/profile", PROFILE).status_code == 401


def test_an_invalid_language_keeps_the_form(browse: Browse, mentor: Account) -> None:
    """An invalid language code answers 400, and the form still contains the other fields."""
    answer = browse(mentor).post("/account/profile", {**PROFILE, "languages": ["<script>"]})

    assert answer.status_code == 400
    assert "is not a language code" in answer.text
    assert "Planning a workshop" in answer.text


def test_a_departed_member_is_refused_and_the_sessions_stay(
    *,
    app: Flask,
    browse: Browse,
    library: Library,
    admin: Account,
    mentor: Account,
    public_session: int,
) -> None:
    """After a member's last day, the member's cookie, token and password are refused.

    The member's public session stays visible.
    """
    hashed = passwords.hashed(PASSWORD)
    with library.transaction() as db:
        person = people.get(db, mentor.id)
        people.set_password(db, person, hashed)
        _, token = tokens.add(db, mentor.id, "laptop")
    browse(mentor).post("/account/profile", PROFILE)
    as_admin, member = browse(admin), browse(mentor)

    def answers() -> list[int]:
        sign_in = browse().post("/sign-in", {"email": mentor.email, "password": PASSWORD})
        program = {"Authorization": f"Bearer {token}"}
        return [
            member.get("/account").status_code,
            browse().get("/mine", headers=program).status_code,
            sign_in.status_code,
        ]

    as_admin.post(f"/care/people/{mentor.id}", {"leaves_on": today().isoformat()})
    last_day = answers()
    as_admin.post(
        f"/care/people/{mentor.id}", {"leaves_on": (today() - timedelta(days=1)).isoformat()}
    )

    assert last_day == [200, 200, 302]
    assert answers() == [302, 401, 200]
    with library.reading() as db:
        assert [s.id for s in sessions.visible(db, GUEST)] == [public_session]
    page = as_admin.get(f"/people/{mentor.id}").text
    assert "Takes part in 1 session" in page
    assert "Asking for feedback" not in page


def test_a_closed_account_keeps_its_sessions(
    browse: Browse, library: Library, admin: Account, mentor: Account, public_session: int
) -> None:
    """A public session of a closed account stays visible with the person's name."""
    browse(admin).post(f"/care/people/{mentor.id}", {"active": ""})

    page = browse().get(f"/sessions/{public_session}").text

    assert mentor.name in page


@pytest.mark.parametrize("others", [0, 1])
def test_the_last_administrator_cannot_leave(
    browse: Browse, library: Library, admin: Account, others: int
) -> None:
    """A last day can be set for an administrator only if another administrator exists."""
    with library.transaction() as db:
        for number in range(others):
            email = f"b{number}@example.org"
            people.add_account(db, name="B", email=email, role=Role.ADMIN, password_hash="x")

    answer = browse(admin).post(f"/care/people/{admin.id}", {"leaves_on": "2199-01-01"})

    with library.reading() as db:
        leaves_on = people.get(db, admin.id).leaves_on
    assert (answer.status_code, leaves_on) == ((302, date(2199, 1, 1)) if others else (409, None))
