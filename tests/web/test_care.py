"""Care of the library: its state, its people, the samples."""

import re
from collections.abc import Callable

import pytest

from library.accounts import people
from library.holdings import jobs
from library.models import Part, Role
from library.store import Library
from tests.builders import Account, add_session, add_waiting, person_named
from tests.web.browsing import Browser

Browse = Callable[..., Browser]


@pytest.mark.parametrize("path", ["/care/", "/care/people", "/care/collections/"])
def test_only_administrators_take_care(
    browse: Browse, mentor: Account, mentee: Account, admin: Account, path: str
) -> None:
    """Members are refused, guests are led to the sign-in."""
    answers = [browse(who).get(path).status_code for who in (admin, mentor, mentee, None)]

    assert answers == [200, 403, 403, 302]


def test_the_state_shows_what_needs_attention(
    browse: Browse, library: Library, admin: Account
) -> None:
    """How much can be searched, and each failure with its sentence and a button."""
    add_session(library)
    failed = add_waiting(library, title="A broken one")
    with library.transaction() as db:
        jobs.fail(db, failed, "It holds no sound.")

    page = browse(admin).get("/care/").text

    assert "1 of 2 sessions can be searched" in page
    assert "1 source needs your attention" in page
    assert "It holds no sound." in page
    assert f'action="/jobs/{failed}/retry"' in page


def test_an_account_is_made_with_a_link_for_its_owner(browse: Browse, admin: Account) -> None:
    """The administrator passes on a link, and never knows the password."""
    page = browse(admin).post(
        "/care/people", {"name": "Zoe", "email": "zoe@example.org", "role": "mentor"}
    )
    link = re.search(r"data-link>http://localhost([^<]+)<", page.text)

    assert link
    assert "Welcome, Zoe" in browse().get(link.group(1)).text


@pytest.mark.parametrize("same", [False, True])
def test_who_is_invited_under_a_name_that_is_known_is_asked(
    browse: Browse, library: Library, admin: Account, same: bool
) -> None:
    """Sessions may name somebody so already: the administrator says whether it is them."""
    with library.transaction() as db:
        heard = person_named(db, "Zoe Voice").id
    add_session(library, title="About kilns", participants=[(heard, Part.MENTEE)])
    given = {"name": "zoe voice", "email": "zoe@example.org", "role": "mentor"}

    asked = browse(admin).post("/care/people", given)
    browse(admin).post("/care/people", {**given, "person_id": str(heard) if same else "new"})

    assert asked.status_code == 409
    assert "took part in “About kilns”" in asked.text
    assert 'value="zoe@example.org"' in asked.text
    with library.reading() as db:
        person = people.by_email(db, "zoe@example.org")
        assert person is not None
        assert (person.id == heard) is same


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "", "email": "a@b.org", "role": "mentor"}, "Give a name"),
        ({"name": "Zoe", "email": "nowhere", "role": "mentor"}, "not an e-mail"),
        ({"name": "Zoe", "email": "ines.admin@example.org", "role": "mentor"}, "has an account"),
        ({"name": "Zoe", "email": "a@b.org", "role": "king"}, "must be one of"),
    ],
)
def test_an_invitation_that_cannot_be_is_explained(
    browse: Browse, admin: Account, given: dict[str, str], sentence: str
) -> None:
    """The sentence is shown and what was typed stays."""
    answer = browse(admin).post("/care/people", given)

    assert answer.status_code == 400
    assert sentence in answer.text
    assert f'value="{given["email"]}"' in answer.text


def test_a_role_is_changed_and_an_account_closed(
    browse: Browse, library: Library, admin: Account, mentor: Account
) -> None:
    """A change holds from the next page on; a closed account is out at once."""
    keeper, member = browse(admin), browse(mentor)

    keeper.post(f"/care/people/{mentor.id}", {"role": "admin"})
    as_admin = member.get("/care/").status_code
    keeper.post(f"/care/people/{mentor.id}", {"active": ""})
    closed = member.get("/care/").status_code

    assert (as_admin, closed) == (200, 302)
    with library.reading() as db:
        person = people.get(db, mentor.id)
        assert (person.role, person.active) == (Role.ADMIN, False)


@pytest.mark.parametrize("change", [{"role": "mentor"}, {"active": ""}])
def test_the_last_administrator_stays(
    browse: Browse, library: Library, admin: Account, change: dict[str, str]
) -> None:
    """Nobody can lock everybody out."""
    answer = browse(admin).post(f"/care/people/{admin.id}", change)

    assert answer.status_code == 409
    assert "last administrator" in answer.text
    with library.reading() as db:
        assert people.has_admin(db)


def test_a_lost_password_gets_a_new_link(browse: Browse, admin: Account, mentor: Account) -> None:
    """A new link replaces the one before."""
    keeper = browse(admin)

    pages = [keeper.post(f"/care/people/{mentor.id}/link").text for _ in range(2)]

    links = [re.search(r"data-link>http://localhost([^<]+)<", page) for page in pages]
    assert [browse().get(link.group(1)).status_code for link in links if link] == [404, 200]


def test_samples_come_and_go_by_one_press(browse: Browse, library: Library, admin: Account) -> None:
    """The sample library is loaded and removed whole, and says which of the two can be done."""
    keeper = browse(admin)

    before = keeper.get("/care/").text
    keeper.post("/care/samples")
    loaded = keeper.get("/care/").text
    keeper.post("/care/samples/remove")
    after = keeper.get("/care/").text

    assert "Load the sample library" in before
    assert "Remove the sample library" in loaded
    assert "Load the sample library" in after
