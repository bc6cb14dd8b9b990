"""Tests of the administration pages: system status, people and samples."""

import re
from collections.abc import Callable

import pytest

from library.accounts import people
from library.models import ParticipantRole, Role
from library.sessions import jobs
from library.store import Library
from tests.builders import Account, add_session, add_waiting, person_named
from tests.web.client import Browser

Browse = Callable[..., Browser]


@pytest.mark.parametrize("path", ["/care/", "/care/people", "/care/collections/"])
def test_only_administrators_see_the_administration(
    browse: Browse, mentor: Account, mentee: Account, admin: Account, path: str
) -> None:
    """Members are refused the administration pages, and guests are led to the sign-in page."""
    answers = [browse(who).get(path).status_code for who in (admin, mentor, mentee, None)]

    assert answers == [200, 403, 403, 302]


def test_the_state_shows_what_needs_attention(
    browse: Browse, library: Library, admin: Account
) -> None:
    """The system status counts searchable sessions.

    For each failure, the page shows the reason and a button to retry.
    """
    add_session(library)
    failed = add_waiting(library, title="A broken one")
    with library.transaction() as db:
        jobs.fail(db, failed, "It holds no sound.")

    page = browse(admin).get("/care/").text

    assert "1 of 2 sessions can be searched" in page
    assert "1 recording or note needs your attention" in page
    assert "It holds no sound." in page
    assert f'action="/jobs/{failed}/retry"' in page


def test_the_system_status_is_one_page(browse: Browse, library: Library, admin: Account) -> None:
    """The chart of the system status has a title, a text and a table.

    The integrity checks and the backup are below the chart.
    """
    add_session(library)

    page = browse(admin).get("/care/").text

    assert "<h1>System status</h1>" in page
    assert page.count('<svg class="picture') == 2
    assert "no backup yet: make a new backup" in page
    assert "1 of 1" in page
    assert "The library was not checked yet" in page
    assert "No backup was made yet" in page
    assert "System status" not in browse(admin).get("/overview").text


def test_an_account_is_made_with_a_link_for_its_owner(browse: Browse, admin: Account) -> None:
    """For a new account, the administrator gets a link with which its owner sets a password."""
    page = browse(admin).post(
        "/care/people", {"name": "Zoe", "email": "zoe@example.org", "role": "mentor"}
    )
    link = re.search(r"data-link>http://localhost([^<]+)<", page.text)

    assert link
    assert "Welcome, Zoe" in browse().get(link.group(1)).text


@pytest.mark.parametrize("same", [False, True])
def test_an_invitation_under_a_known_name_needs_a_choice(
    browse: Browse, library: Library, admin: Account, same: bool
) -> None:
    """If an invited person has a known speaker's name, the page asks if they are one person."""
    with library.transaction() as db:
        speaker_id = person_named(db, "Zoe Voice").id
    add_session(library, title="About kilns", participants=[(speaker_id, ParticipantRole.MENTEE)])
    form = {"name": "zoe voice", "email": "zoe@example.org", "role": "mentor"}

    question_page = browse(admin).post("/care/people", form)
    browse(admin).post("/care/people", {**form, "person_id": str(speaker_id) if same else "new"})

    assert question_page.status_code == 409
    assert "took part in “About kilns”" in question_page.text
    assert 'value="zoe@example.org"' in question_page.text
    with library.reading() as db:
        person = people.by_email(db, "zoe@example.org")
        assert person is not None
        assert (person.id == speaker_id) is same


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "", "email": "a@b.org", "role": "mentor"}, "Enter a name"),
        ({"name": "Zoe", "email": "nowhere", "role": "mentor"}, "not an e-mail"),
        ({"name": "Zoe", "email": "ines.admin@example.org", "role": "mentor"}, "has an account"),
        ({"name": "Zoe", "email": "a@b.org", "role": "king"}, "must be one of"),
    ],
)
def test_an_invalid_invitation_is_refused(
    browse: Browse, admin: Account, given: dict[str, str], sentence: str
) -> None:
    """An invalid invitation answers 400 with a message, and the form keeps the e-mail address."""
    answer = browse(admin).post("/care/people", given)

    assert answer.status_code == 400
    assert sentence in answer.text
    assert f'value="{given["email"]}"' in answer.text


def test_a_role_is_changed_and_an_account_closed(
    browse: Browse, library: Library, admin: Account, mentor: Account
) -> None:
    """A changed role applies from the next request on. A closed account is signed out at once."""
    admin_browser, member = browse(admin), browse(mentor)

    admin_browser.post(f"/care/people/{mentor.id}", {"role": "admin"})
    as_admin = member.get("/care/").status_code
    admin_browser.post(f"/care/people/{mentor.id}", {"active": ""})
    closed = member.get("/care/").status_code

    assert (as_admin, closed) == (200, 302)
    with library.reading() as db:
        person = people.get(db, mentor.id)
        assert (person.role, person.active) == (Role.ADMIN, False)


@pytest.mark.parametrize("change", [{"role": "mentor"}, {"active": ""}])
def test_the_last_administrator_stays(
    browse: Browse, library: Library, admin: Account, change: dict[str, str]
) -> None:
    """The last administrator can neither get another role nor be deactivated."""
    answer = browse(admin).post(f"/care/people/{admin.id}", change)

    assert answer.status_code == 409
    assert "last administrator" in answer.text
    with library.reading() as db:
        assert people.has_admin(db)


def test_a_lost_password_gets_a_new_link(browse: Browse, admin: Account, mentor: Account) -> None:
    """An administrator makes a new password link for a person.

    The previous link is then invalid.
    """
    admin_browser = browse(admin)

    pages = [admin_browser.post(f"/care/people/{mentor.id}/link").text for _ in range(2)]

    links = [re.search(r"data-link>http://localhost([^<]+)<", page) for page in pages]
    assert [browse().get(link.group(1)).status_code for link in links if link] == [404, 200]


def test_samples_are_loaded_and_removed(browse: Browse, library: Library, admin: Account) -> None:
    """The system status page has a button to load the sample library, or to remove it again."""
    admin_browser = browse(admin)

    before = admin_browser.get("/care/").text
    admin_browser.post("/care/samples")
    loaded = admin_browser.get("/care/").text
    admin_browser.post("/care/samples/remove")
    after = admin_browser.get("/care/").text

    assert "Load the sample library" in before
    assert "Remove the sample library" in loaded
    assert "Load the sample library" in after
