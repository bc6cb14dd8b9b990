"""What people say of themselves, when they leave, and what stays of them."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from library.access import GUEST, today
from library.accounts import passwords, people, tokens
from library.holdings import sessions
from library.models import Part, Role
from library.store import Library
from tests.builders import Account, add_session
from tests.web.browsing import Browser
from tests.web.signing_in import PASSWORD

Browse = Callable[..., Browser]
PROFILE = {
    "helps_with": "Asking for feedback",
    "learns": "Planning a workshop",
    "availability": "Tuesday evenings",
    "about": "Potter.",
    "languages": ["en", "de"],
}


@pytest.fixture
def heard(library: Library, mentor: Account) -> int:
    """A public session in which Ada speaks."""
    return add_session(library, owner=mentor, participants=[(mentor.id, Part.MENTOR)]).session_id


def test_members_read_what_somebody_can_help_with(
    browse: Browse, mentor: Account, mentee: Account, heard: int
) -> None:
    """A profile stands on the person's page for members, and guests see only who they are."""
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
    """Members find a member who offers help; guests and those without a profile stay unseen."""
    before = browse(mentee).get(f"/people/{mentor.id}").status_code
    browse(mentor).post("/account/profile", PROFILE)

    codes = [browse(who).get(f"/people/{mentor.id}").status_code for who in (mentee, None)]

    assert (before, codes) == (404, [200, 404])


def test_a_profile_is_its_owner_s_alone(browse: Browse) -> None:
    """A guest is led to the sign-in."""
    guest = browse()

    assert guest.get("/account/profile").location == "/sign-in?next=/account/profile"
    assert guest.post("/account/profile", PROFILE).status_code == 401


def test_what_is_no_language_is_told_and_the_rest_stays(browse: Browse, mentor: Account) -> None:
    """A code that cannot be is refused; what was typed is still in the form."""
    answer = browse(mentor).post("/account/profile", {**PROFILE, "languages": ["<script>"]})

    assert answer.status_code == 400
    assert "is not a language code" in answer.text
    assert "Planning a workshop" in answer.text


def test_whoever_has_left_is_out_and_what_they_gave_stays(
    *, app: Flask, browse: Browse, library: Library, admin: Account, mentor: Account, heard: int
) -> None:
    """The day after the last one there is no way in; sessions are found as it was agreed."""
    hashed = passwords.hashed(PASSWORD)
    with library.transaction() as db:
        person = people.get(db, mentor.id)
        people.set_password(db, person, hashed)
        _, token = tokens.add(db, mentor.id, "laptop")
    browse(mentor).post("/account/profile", PROFILE)
    keeper, member = browse(admin), browse(mentor)

    def answers() -> list[int]:
        sign_in = browse().post("/sign-in", {"email": mentor.email, "password": PASSWORD})
        program = {"Authorization": f"Bearer {token}"}
        return [
            member.get("/account").status_code,
            browse().get("/mine", headers=program).status_code,
            sign_in.status_code,
        ]

    keeper.post(f"/care/people/{mentor.id}", {"leaves_on": today().isoformat()})
    last_day = answers()
    keeper.post(
        f"/care/people/{mentor.id}", {"leaves_on": (today() - timedelta(days=1)).isoformat()}
    )

    assert last_day == [200, 200, 302]
    assert answers() == [302, 401, 200]
    with library.reading() as db:
        assert [s.id for s in sessions.visible(db, GUEST)] == [heard]
    page = keeper.get(f"/people/{mentor.id}").text
    assert "Heard in 1 session" in page
    assert "Asking for feedback" not in page


def test_a_closed_account_keeps_what_was_agreed(
    browse: Browse, library: Library, admin: Account, mentor: Account, heard: int
) -> None:
    """Closing an account takes no session out of the library, and no name off it."""
    browse(admin).post(f"/care/people/{mentor.id}", {"active": ""})

    page = browse().get(f"/sessions/{heard}").text

    assert mentor.name in page


@pytest.mark.parametrize("others", [0, 1])
def test_somebody_stays_to_administer(
    browse: Browse, library: Library, admin: Account, others: int
) -> None:
    """The last administrator cannot be given a day to leave; one of two can."""
    with library.transaction() as db:
        for number in range(others):
            email = f"b{number}@example.org"
            people.add_account(db, name="B", email=email, role=Role.ADMIN, password_hash="x")

    answer = browse(admin).post(f"/care/people/{admin.id}", {"leaves_on": "2199-01-01"})

    with library.reading() as db:
        kept = people.get(db, admin.id).leaves_on
    assert (answer.status_code, kept) == ((302, date(2199, 1, 1)) if others else (409, None))
