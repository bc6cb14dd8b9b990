"""Accounts that people ask for: off by default, by domain, by approval; links in one list."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from library.accounts import joining, people, service, tokens
from library.consent import release_links
from library.holdings import sessions
from library.models import Part, Role, Visibility
from library.store import Library
from tests.builders import OPERATOR, Account, add_session, person_named
from tests.web.browsing import Browser
from tests.web.letters import letters_to, link_in

Browse = Callable[..., Browser]
ZOE = {"name": "Zoe Lang", "email": "Zoe@Members.example.org", "reason": "I mentor."}
EMAIL = "zoe@members.example.org"


@pytest.fixture
def opened(library: Library) -> Callable[..., None]:
    """Switches the ways to join on."""

    def switch(**wanted: Any) -> None:
        with library.transaction() as db:
            service.change(db, OPERATOR, replace(service.service(db), **wanted))

    return switch


def test_nobody_joins_unless_it_was_switched_on(browse: Browse, admin: Account) -> None:
    """By default there is no such page, and the sign-in does not lead to one."""
    guest = browse()

    assert guest.get("/join").status_code == guest.post("/join", ZOE).status_code == 404
    assert "/join" not in guest.get("/sign-in").text


def test_an_address_of_a_domain_gets_a_link(
    app: Flask, library: Library, browse: Browse, opened: Callable[..., None]
) -> None:
    """Whoever reads the mailbox chooses the password, and is a mentee."""
    opened(join_domains="@Members.example.org")
    assert "/join" in browse().get("/sign-in").text
    browse().post("/join", ZOE)
    (letter,) = letters_to(app, library, EMAIL)
    guest = browse()

    guest.client.post(
        link_in(letter),
        data={"password": "words of my own", "confirm": "words of my own"}
        | {"csrf_token": guest.token()},
    )

    with library.reading() as db:
        person = people.by_email(db, EMAIL)
        assert person is not None
        assert (person.name, person.role) == ("Zoe Lang", Role.MENTEE)
    assert guest.get("/account").status_code == 200
    assert "Zoe" not in letter  # whoever filled in the form could have written anything there


@pytest.mark.parametrize("email", ["zoe@example.org", "z@evil-members.example.org", "z@org"])
def test_another_domain_gets_nothing_and_is_told_the_same(
    app: Flask, library: Library, browse: Browse, opened: Callable[..., None], email: str
) -> None:
    """A domain that only looks like it is another; the answer does not tell."""
    opened(join_domains="members.example.org")
    inside = browse().post("/join", ZOE)

    outside = browse().post("/join", {**ZOE, "email": email})

    assert inside.data == outside.data
    assert letters_to(app, library, email) == []


def test_an_account_is_neither_told_nor_changed(
    app: Flask, library: Library, browse: Browse, opened: Callable[..., None], mentor: Account
) -> None:
    """Asking with the address of a member says what it says to all, and does nothing."""
    opened(join_domains="example.org", join_by_approval=True)

    answers = [
        browse().post("/join", {**ZOE, "email": email}).data
        for email in (mentor.email, "new@example.org")
    ]

    assert answers[0] == answers[1]
    assert letters_to(app, library, mentor.email) == []


def test_a_name_makes_nobody_a_voice(
    app: Flask, library: Library, browse: Browse, opened: Callable[..., None]
) -> None:
    """Joining under the name of somebody who is heard gives nothing that they took part in."""
    opened(join_domains="members.example.org")
    with library.transaction() as db:
        voice = person_named(db, "Zoe Lang").id
    add_session(library, participants=[(voice, Part.MENTEE)], visibility=Visibility.PARTICIPANTS)
    browse().post("/join", ZOE)
    letters_to(app, library, EMAIL)

    with library.reading() as db:
        person = people.by_email(db, EMAIL)
        assert person is not None
        assert person.id != voice
        assert sessions.visible(db, people.viewer_of(person)) == []


@pytest.mark.parametrize("adopt", [False, True])
def test_an_administrator_decides_who_joins(
    app: Flask, library: Library, browse: Browse, admin: Account, adopt: bool
) -> None:
    """A request waits under People; a yes makes the account, and says whether it is the voice."""
    with library.transaction() as db:
        service.change(db, OPERATOR, replace(service.service(db), join_by_approval=True))
    with library.transaction() as db:
        voice = person_named(db, "Zoe Lang").id
    browse().post("/join", ZOE)
    before = letters_to(app, library, EMAIL)
    page = browse(admin).get("/care/people").text

    form = {"answer": "yes", "role": "mentor"} | ({"person_id": voice} if adopt else {})
    browse(admin).post("/care/people/requests/1", form)

    (letter,) = letters_to(app, library, EMAIL)
    assert before == []
    assert "I mentor." in page
    assert "Who is Zoe Lang?" in page
    assert browse().get(link_in(letter)).status_code == 200
    with library.reading() as db:
        person = people.by_email(db, EMAIL)
        assert person is not None
        assert (person.id == voice, person.role) == (adopt, Role.MENTOR)
        assert joining.waiting(db) == []


def test_a_request_can_be_declined(
    app: Flask, library: Library, browse: Browse, opened: Callable[..., None], admin: Account
) -> None:
    """A no forgets the request; nothing is written to whoever asked."""
    opened(join_by_approval=True)
    browse().post("/join", ZOE)
    letters_to(app, library, EMAIL)

    answer = browse(admin).post("/care/people/requests/1", {"answer": "no"})

    assert answer.status_code == 302
    assert letters_to(app, library, EMAIL) == []
    with library.reading() as db:
        assert joining.waiting(db) == []
        assert people.by_email(db, EMAIL) is None


def test_the_list_of_requests_cannot_be_filled(library: Library) -> None:
    """Beyond what somebody can answer, requests are not kept; the same address asks once."""
    with library.transaction() as db:
        service.change(db, OPERATOR, replace(service.service(db), join_by_approval=True))
        for number in range(joining.MOST_OPEN + 5):
            joining.join(db, "A", f"a{number}@example.org", "")
        joining.join(db, "A", "a1@example.org", "")

    with library.reading() as db:
        assert len(joining.waiting(db)) == joining.MOST_OPEN


def test_a_domain_must_be_one(browse: Browse, admin: Account) -> None:
    """What is no domain is refused with a sentence that names it."""
    answer = browse(admin).post("/care/settings", {"join_domains": "example.org, every one"})

    assert answer.status_code == 400
    assert "every one is not an e-mail domain" in answer.text


def test_an_invitation_is_written_to_its_owner(
    app: Flask, library: Library, browse: Browse, admin: Account
) -> None:
    """The link that the administrator sees once is in the letter as well."""
    page = browse(admin).post(
        "/care/people", {"name": "Zoe Lang", "email": EMAIL, "role": "mentor"}
    )

    (letter,) = letters_to(app, library, EMAIL)
    assert link_in(letter) in page.text
    assert "Hello Zoe Lang" in letter


def test_links_and_tokens_are_listed_and_end_by_one_press(
    app: Flask, library: Library, browse: Browse, admin: Account, mentor: Account
) -> None:
    """Each kind is in the list, without its secret, and works no more once it is revoked."""
    with library.transaction() as db:
        ruth = person_named(db, "Ruth").id
    built = add_session(library, owner=mentor, participants=[(ruth, Part.MENTEE)], released=False)
    with library.transaction() as db:
        invited = people.invite(db, people.get(db, mentor.id))
        _, token = tokens.add(db, mentor.id, "laptop")
        session = sessions.get(db, built.session_id)
        release_link = release_links.make(db, mentor.viewer, session, ruth)
    keeper, program = browse(admin), {"Authorization": f"Bearer {token}"}

    def answers() -> list[int]:
        return [
            browse().get(f"/welcome/{mentor.id}/{invited}").status_code,
            browse().get(f"/release/{release_link}").status_code,
            browse().get("/mine", headers=program).status_code,
        ]

    page, before = keeper.get("/care/links").text, answers()
    for kind in ("link", "release", "token"):
        keeper.post(f"/care/links/{kind}/1/revoke")

    assert before == [200, 200, 200]
    assert answers() == [404, 404, 401]
    assert all(word in page for word in ("Invitation", "Release: session 1", "laptop"))
    assert not any(secret in page for secret in (invited, release_link, token))
    after = keeper.get("/care/links").text
    assert not any(word in after for word in ("Invitation", "Release: session 1", "laptop"))


def test_signing_out_everywhere_keeps_this_browser(
    app: Flask, browse: Browse, admin: Account
) -> None:
    """One press ends every other sign-in of one's own."""
    here, elsewhere = browse(admin), browse(admin)

    here.post("/account/sign-out-everywhere")

    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
