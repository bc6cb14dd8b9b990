"""Tests of requests to join, by e-mail domain and by approval, and of the list of credentials."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from library.accounts import join_requests, people, service_settings, tokens
from library.consent import release_links
from library.models import ParticipantRole, Role, Visibility
from library.sessions import sessions
from library.store import Library
from tests.builders import OPERATOR, Account, add_session, person_named
from tests.web.client import Browser
from tests.web.outbox import emails_to, link_in

Browse = Callable[..., Browser]
ZOE = {"name": "Zoe Lang", "email": "Zoe@Members.example.org", "reason": "I mentor."}
EMAIL = "zoe@members.example.org"


@pytest.fixture
def opened(library: Library) -> Callable[..., None]:
    """Function that changes service settings, such as the e-mail domains that may join."""

    def switch(**changes: Any) -> None:
        with library.transaction() as db:
            service_settings.change(db, OPERATOR, replace(service_settings.service(db), **changes))

    return switch


def test_joining_is_off_by_default(browse: Browse, admin: Account) -> None:
    """By default, the page for joining answers 404 and the sign-in page has no link to it."""
    guest = browse()

    assert guest.get("/join").status_code == guest.post("/join", ZOE).status_code == 404
    assert "/join" not in guest.get("/sign-in").text


def test_an_address_of_a_domain_gets_a_link(
    app: Flask, library: Library, browse: Browse, opened: Callable[..., None]
) -> None:
    """A person with an allowed e-mail domain gets a link to set a password as a mentee."""
    opened(join_domains="@Members.example.org")
    assert "/join" in browse().get("/sign-in").text
    browse().post("/join", ZOE)
    (message,) = emails_to(app, library, EMAIL)
    guest = browse()

    guest.client.post(
        link_in(message),
        data={"password": "words of my own", "confirm": "words of my own"}
        | {"csrf_token": guest.token()},
    )

    with library.reading() as db:
        person = people.by_email(db, EMAIL)
        assert person is not None
        assert (person.name, person.role) == ("Zoe Lang", Role.MENTEE)
    assert guest.get("/account").status_code == 200
    assert "Zoe" not in message  # the unknown sender could put any text into the name


@pytest.mark.parametrize("email", ["zoe@example.org", "z@evil-members.example.org", "z@org"])
def test_another_domain_gets_the_same_answer_but_no_email(
    app: Flask, library: Library, browse: Browse, opened: Callable[..., None], email: str
) -> None:
    """An address of a domain that is not allowed gets the usual answer but no e-mail."""
    opened(join_domains="members.example.org")
    inside = browse().post("/join", ZOE)

    outside = browse().post("/join", {**ZOE, "email": email})

    assert inside.data == outside.data
    assert emails_to(app, library, email) == []


def test_joining_does_not_disclose_an_account(
    app: Flask, library: Library, browse: Browse, opened: Callable[..., None], mentor: Account
) -> None:
    """A request to join with a member's e-mail address gets the usual answer and no e-mail."""
    opened(join_domains="example.org", join_by_approval=True)

    answers = [
        browse().post("/join", {**ZOE, "email": email}).data
        for email in (mentor.email, "new@example.org")
    ]

    assert answers[0] == answers[1]
    assert emails_to(app, library, mentor.email) == []


def test_a_name_does_not_make_a_member_a_speaker(
    app: Flask, library: Library, browse: Browse, opened: Callable[..., None]
) -> None:
    """A new member does not become the known speaker of the same name.

    The member sees none of that speaker's sessions.
    """
    opened(join_domains="members.example.org")
    with library.transaction() as db:
        speaker_id = person_named(db, "Zoe Lang").id
    add_session(
        library,
        participants=[(speaker_id, ParticipantRole.MENTEE)],
        visibility=Visibility.PARTICIPANTS,
    )
    browse().post("/join", ZOE)
    emails_to(app, library, EMAIL)

    with library.reading() as db:
        person = people.by_email(db, EMAIL)
        assert person is not None
        assert person.id != speaker_id
        assert sessions.visible(db, people.viewer_of(person)) == []


@pytest.mark.parametrize("adopt", [False, True])
def test_an_administrator_decides_who_joins(
    app: Flask, library: Library, browse: Browse, admin: Account, adopt: bool
) -> None:
    """Approval of a join request makes an account.

    The account is that of a known speaker only if the administrator chose that person.
    """
    with library.transaction() as db:
        service_settings.change(
            db, OPERATOR, replace(service_settings.service(db), join_by_approval=True)
        )
    with library.transaction() as db:
        speaker_id = person_named(db, "Zoe Lang").id
    browse().post("/join", ZOE)
    before = emails_to(app, library, EMAIL)
    page = browse(admin).get("/care/people").text

    form = {"answer": "yes", "role": "mentor"} | ({"person_id": speaker_id} if adopt else {})
    browse(admin).post("/care/people/requests/1", form)

    (message,) = emails_to(app, library, EMAIL)
    assert before == []
    assert "I mentor." in page
    assert "Who is Zoe Lang?" in page
    assert browse().get(link_in(message)).status_code == 200
    with library.reading() as db:
        person = people.by_email(db, EMAIL)
        assert person is not None
        assert (person.id == speaker_id, person.role) == (adopt, Role.MENTOR)
        assert join_requests.waiting(db) == []


def test_a_request_can_be_declined(
    app: Flask, library: Library, browse: Browse, opened: Callable[..., None], admin: Account
) -> None:
    """A declined request is deleted, without an account or an e-mail."""
    opened(join_by_approval=True)
    browse().post("/join", ZOE)
    emails_to(app, library, EMAIL)

    answer = browse(admin).post("/care/people/requests/1", {"answer": "no"})

    assert answer.status_code == 302
    assert emails_to(app, library, EMAIL) == []
    with library.reading() as db:
        assert join_requests.waiting(db) == []
        assert people.by_email(db, EMAIL) is None


def test_the_number_of_requests_is_limited(library: Library) -> None:
    """At most `MOST_OPEN` join requests are stored."""
    with library.transaction() as db:
        service_settings.change(
            db, OPERATOR, replace(service_settings.service(db), join_by_approval=True)
        )
        for number in range(join_requests.MOST_OPEN + 5):
            join_requests.join(db, "A", f"a{number}@example.org", "")
        join_requests.join(db, "A", "a1@example.org", "")

    with library.reading() as db:
        assert len(join_requests.waiting(db)) == join_requests.MOST_OPEN


def test_an_invalid_domain_is_refused(browse: Browse, admin: Account) -> None:
    """An invalid e-mail domain in the settings answers 400, and the message names it."""
    answer = browse(admin).post("/care/settings", {"join_domains": "example.org, every one"})

    assert answer.status_code == 400
    assert "every one is not an e-mail domain" in answer.text


def test_an_invitation_is_sent_by_email(
    app: Flask, library: Library, browse: Browse, admin: Account
) -> None:
    """An invitation is e-mailed with a link, which the administrator sees on the page, too."""
    page = browse(admin).post(
        "/care/people", {"name": "Zoe Lang", "email": EMAIL, "role": "mentor"}
    )

    (message,) = emails_to(app, library, EMAIL)
    assert link_in(message) in page.text
    assert "Hello Zoe Lang" in message


def test_links_and_tokens_are_listed_and_revoked(
    app: Flask, library: Library, browse: Browse, admin: Account, mentor: Account
) -> None:
    """The list of credentials shows no secrets, and a revoked credential does not work."""
    with library.transaction() as db:
        ruth = person_named(db, "Ruth").id
    built = add_session(
        library, owner=mentor, participants=[(ruth, ParticipantRole.MENTEE)], released=False
    )
    with library.transaction() as db:
        invited = people.invite(db, people.get(db, mentor.id))
        _, token = tokens.add(db, mentor.id, "laptop")
        session = sessions.get(db, built.session_id)
        release_link = release_links.make(db, mentor.viewer, session, ruth)
    as_admin, program = browse(admin), {"Authorization": f"Bearer {token}"}

    def answers() -> list[int]:
        return [
            browse().get(f"/welcome/{mentor.id}/{invited}").status_code,
            browse().get(f"/release/{release_link}").status_code,
            browse().get("/mine", headers=program).status_code,
        ]

    page, before = as_admin.get("/care/links").text, answers()
    for kind in ("link", "release", "token"):
        as_admin.post(f"/care/links/{kind}/1/revoke")

    assert before == [200, 200, 200]
    assert answers() == [404, 404, 401]
    assert all(word in page for word in ("Invitation", "Release link", "laptop"))
    assert not any(secret in page for secret in (invited, release_link, token))
    after = as_admin.get("/care/links").text
    assert not any(word in after for word in ("Invitation", "Release link", "laptop"))


def test_signing_out_everywhere_keeps_this_browser(
    app: Flask, browse: Browse, admin: Account
) -> None:
    """Signing out everywhere ends a member's sign-ins in all browsers except the present one."""
    here, elsewhere = browse(admin), browse(admin)

    here.post("/account/sign-out-everywhere")

    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
