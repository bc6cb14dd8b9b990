"""Passkeys: added with the password, used instead of it, and what they refuse."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from library.access import today
from library.accounts import passkeys, people, second_factor
from library.errors import ConflictError
from library.models import AuditEvent, Passkey, Person, Role
from library.store import Library
from library.withdrawal import leaving
from library.withdrawal.leaving import Wish
from tests.builders import Account, add_account
from tests.web.browsing import Browser
from tests.web.letters import letters_to
from tests.web.signing_in import PASSWORD
from tests.web.soft_key import SEEN, SoftKey
from web import passkey

Browse = Callable[..., Browser]
PAGE = "/account/passkeys"
KNOWN = {"label": "My phone", "password": PASSWORD}
REFUSED = "does not sign anybody in"


def begin(member: Browser, **more: str) -> Any:
    """What the site asks a device to make."""
    return member.post(f"{PAGE}/begin.json", {**KNOWN, **more})


def add(member: Browser, key: SoftKey, **more: str) -> Any:
    """Add a key, as the page does."""
    return member.post(PAGE, {"credential": key.make(begin(member, **more).json)})


def asked(guest: Browser) -> dict[str, Any]:
    """What the site asks a device to sign."""
    return dict(guest.get("/sign-in/passkey.json").json)


def enter(guest: Browser, said: str, **more: str) -> Any:
    """Sign in with what a device says; the page that one is led to."""
    form = {"credential": said, **more}
    return guest.post("/sign-in/passkey", form, follow_redirects=True)


def is_in(guest: Browser) -> bool:
    """Whether somebody is signed in."""
    return guest.get("/account").status_code == 200


@pytest.fixture
def key(browse: Browse, admin: Account) -> SoftKey:
    """A passkey of the administrator's."""
    made = SoftKey()
    assert add(browse(admin), made).location == PAGE
    return made


def test_a_passkey_signs_in(browse: Browse, library: Library, admin: Account, key: SoftKey) -> None:
    """One is signed in, led where one was going, and the page says when it was used."""
    guest = browse()

    answer = guest.post(
        "/sign-in/passkey", {"credential": key.sign(asked(guest)), "next": "/mine?x=1"}
    )

    assert answer.location == "/mine?x=1"
    assert is_in(guest)
    with library.reading() as db:
        kept = db.scalars(select(Passkey)).one()
    assert (kept.person_id, kept.label) == (admin.id, "My phone")
    assert kept.last_used_at is not None


def test_nobody_is_named_before_they_are_known(browse: Browse, key: SoftKey) -> None:
    """What a device is asked holds no keys, and demands that it checks its owner."""
    told = asked(browse())

    assert not told.get("allowCredentials")
    assert (told["rpId"], told["userVerification"]) == ("localhost", "required")
    assert key.handle not in json.dumps(told)


def test_a_new_key_is_asked_for_as_it_is_needed(browse: Browse, admin: Account) -> None:
    """It knows its account, checks its owner, is not made twice, and gets a nameless handle."""
    member = browse(admin)
    first = SoftKey()
    add(member, first)

    told = begin(member).json

    chosen = told["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
    assert len(told["excludeCredentials"]) == 1
    assert told["user"]["id"] == first.handle
    assert len(told["user"]["id"]) == 43  # 32 bytes


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:81"},
        {"rp_id": "evil.example"},
        {"flags": SEEN},
        {"id": b"nobody's"},
        {"handle": ""},
        {"handle": "c29tZWJvZHkgZWxzZQ"},
    ],
    ids=["site", "port", "name", "unchecked", "unknown", "nameless", "other"],
)
def test_what_a_dishonest_device_says_is_refused(
    browse: Browse, key: SoftKey, lie: dict[str, Any]
) -> None:
    """Another site's words, an owner unchecked, an unknown key, another account: no way in."""
    guest = browse()
    vars(key).update(lie)

    answer = enter(guest, key.sign(asked(guest)))

    assert REFUSED in answer.text
    assert not is_in(guest)


def test_another_key_does_not_pass_for_this_one(browse: Browse, key: SoftKey) -> None:
    """A signature by a key that only knows the number and handle is refused."""
    guest, other = browse(), SoftKey()
    other.id, other.handle = key.id, key.handle

    answer = enter(guest, other.sign(asked(guest)))

    assert REFUSED in answer.text
    assert not is_in(guest)


@pytest.mark.parametrize(
    "said",
    ["", "{", "[]", "null", '{"id": 1}', "\x00", "[" * 9000, '{"id":"ä","rawId":"ä"}'],
    ids=["empty", "cut", "list", "null", "number", "nul", "deep", "letters"],
)
def test_what_no_device_says_is_refused(browse: Browse, key: SoftKey, said: str) -> None:
    """Bytes of any kind get a sentence, when signing in and when adding."""
    guest = browse()
    asked(guest)

    answer = enter(guest, said)

    assert answer.status_code == 200
    assert REFUSED in answer.text


def test_bytes_that_are_no_key_are_not_added(browse: Browse, admin: Account) -> None:
    """Neither without a question, nor as an answer to one, nor for another site."""
    member, liar = browse(admin), SoftKey(origin="https://evil.example")
    answers = [member.post(PAGE, {"credential": said}) for said in ("", "{}")]
    begin(member)
    answers.append(member.post(PAGE, {"credential": '{"id": "x", "response": {}}'}))
    answers.append(add(member, liar))

    assert [answer.status_code for answer in answers] == [400] * 4
    assert "None yet" in member.get(PAGE).text


def test_a_challenge_serves_once(browse: Browse, key: SoftKey) -> None:
    """Whoever copied the cookie and the device's words cannot send them again."""
    guest, thief = browse(), browse()
    said = key.sign(asked(guest))
    with guest.client.session_transaction() as cookie:
        copied = dict(cookie[passkey.KEPT])
    enter(guest, said)
    thief.token()
    with thief.client.session_transaction() as cookie:
        cookie[passkey.KEPT] = copied

    answer = enter(thief, said)

    assert is_in(guest)
    assert REFUSED in answer.text
    assert not is_in(thief)


@pytest.mark.parametrize(
    "change",
    [
        {"at": int(time.time()) - passkey.PATIENCE - 5},
        {"run": "an earlier process"},
        {"use": "add"},
        {"challenge": "AAAA"},
    ],
    ids="-".join,
)
def test_a_challenge_that_is_not_this_one_is_refused(
    browse: Browse, key: SoftKey, change: dict[str, Any]
) -> None:
    """It is too old, from before a restart, for something else, or another."""
    guest = browse()
    said = key.sign(asked(guest))
    guest.token()
    with guest.client.session_transaction() as cookie:
        cookie[passkey.KEPT] = {**cookie[passkey.KEPT], **change}

    answer = enter(guest, said)

    assert REFUSED in answer.text
    assert not is_in(guest)


def test_a_copied_key_is_noticed(browse: Browse, key: SoftKey) -> None:
    """A key that counts, and counts less than it has, was copied."""
    guest, later = browse(), browse()
    key.count = 7
    enter(guest, key.sign(asked(guest)))
    key.count = 6

    answer = enter(later, key.sign(asked(later)))

    assert is_in(guest)
    assert REFUSED in answer.text


def test_adding_one_takes_the_password(browse: Browse, admin: Account) -> None:
    """A wrong password makes nothing, with a sentence for the page's script."""
    member = browse(admin)

    refused = begin(member, password="a guess")

    assert refused.status_code == 400
    assert refused.json["detail"] == "This is not your password. No passkey was made."


def test_adding_one_takes_the_second_step_too(
    browse: Browse, library: Library, admin: Account
) -> None:
    """A passkey stands for both steps, so whoever knows the password alone cannot add one."""
    with library.transaction() as db:
        second_factor.keep(db, admin.viewer, "sealed", 0)

    refused = begin(browse(admin), code="000000")

    assert refused.status_code == 400
    assert "code does not fit" in refused.json["detail"]


def test_a_passkey_is_both_steps(
    browse: Browse, library: Library, admin: Account, key: SoftKey
) -> None:
    """Whoever has a second step is not asked for a code besides."""
    with library.transaction() as db:
        second_factor.keep(db, admin.viewer, "sealed", 0)
    guest = browse()

    enter(guest, key.sign(asked(guest)))

    assert is_in(guest)


@pytest.mark.parametrize(
    "closed", [{"active": False}, {"leaves_on": today() - timedelta(days=3)}], ids="-".join
)
def test_a_closed_account_stays_closed(
    browse: Browse, library: Library, admin: Account, key: SoftKey, closed: dict[str, Any]
) -> None:
    """Whoever was deactivated or has left gets the same sentence as anybody unknown."""
    guest = browse()
    other = add_account(library, "Another", Role.ADMIN)
    with library.transaction() as db:
        people.set_password(db, people.get(db, other.id), "so that somebody administers")
        db.execute(update(Person).where(Person.id == admin.id).values(**closed))

    answer = enter(guest, key.sign(asked(guest)))

    assert REFUSED in answer.text
    assert not is_in(guest)


def test_a_removed_passkey_signs_nobody_in(browse: Browse, admin: Account, key: SoftKey) -> None:
    """It takes the password, and ends every other sign-in."""
    member, elsewhere, guest = browse(admin), browse(admin), browse()
    number = passkey_id(member)
    refused = member.post(f"{PAGE}/{number}/remove", {"password": "a guess"})

    member.post(f"{PAGE}/{number}/remove", {"password": PASSWORD})

    assert "The passkey stays." in refused.text
    assert is_in(member)
    assert not is_in(elsewhere)
    assert REFUSED in enter(guest, key.sign(asked(guest))).text


def passkey_id(member: Browser) -> int:
    """The number of the only passkey of somebody."""
    return int(member.get(PAGE).text.split(f'href="{PAGE}/')[1].split('"')[0])


def test_a_passkey_is_renamed(browse: Browse, admin: Account, key: SoftKey) -> None:
    """By its owner, to something not too long."""
    member = browse(admin)
    number = passkey_id(member)

    long = member.post(f"{PAGE}/{number}", {"label": "x" * 101})
    member.post(f"{PAGE}/{number}", {"label": "The <old> phone"})

    assert long.status_code == 400
    assert "The &lt;old&gt; phone" in member.get(PAGE).text


def test_a_passkey_is_nobody_elses(
    browse: Browse, admin: Account, mentor: Account, key: SoftKey
) -> None:
    """For others it is not there."""
    number = passkey_id(browse(admin))
    other = browse(mentor)

    answers = [
        other.get(f"{PAGE}/{number}"),
        other.post(f"{PAGE}/{number}", {"label": "Mine"}),
        other.post(f"{PAGE}/{number}/remove", {"password": PASSWORD}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert "My phone" not in other.get(PAGE).text


def test_what_happens_is_told(
    app: Flask, browse: Browse, library: Library, admin: Account, key: SoftKey
) -> None:
    """The audit log has it, and a letter says that a passkey was added."""
    member = browse(admin)
    member.post(f"{PAGE}/{passkey_id(member)}/remove", {"password": PASSWORD})

    with library.reading() as db:
        actions = db.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert [action for action in actions if action.startswith("passkey.")] == [
        "passkey.add",
        "passkey.remove",
    ]
    assert "“My phone”" in letters_to(app, library, admin.email)[-1]


def test_an_administrator_can_end_it(browse: Browse, admin: Account, key: SoftKey) -> None:
    """It stands among what opens doors, and can be revoked there."""
    keeper, guest = browse(admin), browse()
    listed = keeper.get("/care/links").text
    number = passkey_id(keeper)

    keeper.post(f"/care/links/passkey/{number}/revoke")

    assert "Passkey: My phone" in listed
    assert REFUSED in enter(guest, key.sign(asked(guest))).text


def test_there_is_a_most(library: Library, admin: Account) -> None:
    """One person has at most twenty, and a key has one person."""
    with library.transaction() as db:
        for number in range(passkeys.MOST - 1):
            passkeys.add(db, admin.viewer, new(str(number)), "")

        with pytest.raises(ConflictError, match="in use"):
            passkeys.add(db, admin.viewer, new("0"), "")
        passkeys.add(db, admin.viewer, new("last"), "")
        with pytest.raises(ConflictError, match="the most"):
            passkeys.add(db, admin.viewer, new("more"), "")


def new(name: str) -> passkeys.NewKey:
    """The public half of a key."""
    return passkeys.NewKey(credential_id=name, public_key=b"", sign_count=0)


def test_passkeys_go_with_their_person(
    library: Library, admin: Account, mentor: Account, key: SoftKey
) -> None:
    """Deleting an account deletes what would open it; its receipt counts it."""
    with library.transaction() as db:
        passkeys.add(db, mentor.viewer, new("the mentor's"), "Tablet")

    receipt = leaving.leave(library, mentor.viewer, mentor.id, Wish())

    with library.reading() as db:
        assert passkeys.of(db, mentor.id) == []
        assert len(passkeys.of(db, admin.id)) == 1
        assert people.may_sign_in(people.get(db, admin.id))
    assert receipt.content["removed"]["passkey"] == 1


def test_the_token_of_the_form_is_needed(browse: Browse, key: SoftKey) -> None:
    """Another site cannot sign somebody in to an account that is not theirs."""
    guest = browse()
    said = key.sign(asked(guest))

    answer = guest.client.post("/sign-in/passkey", data={"credential": said})

    assert answer.status_code == 400
    assert not is_in(guest)


def test_a_number_is_no_name(browse: Browse) -> None:
    """At an address without a name the button is not there, and the answer says why."""
    guest, at = browse(), {"base_url": "http://192.0.2.7:5000"}

    answer = guest.get("/sign-in/passkey.json", **at)

    assert answer.status_code == 400
    assert "a name" in answer.json["detail"]
    assert "with a passkey" not in guest.get("/sign-in", **at).text
    assert "with a passkey" in guest.get("/sign-in").text


def test_guessing_the_password_here_has_to_wait(browse: Browse, admin: Account) -> None:
    """Adding and removing are limited as the sign-in is."""
    member = browse(admin)

    tried = [begin(member, password=f"guess {number}").status_code for number in range(40)]

    assert tried[0] == 400
    assert tried[-1] == 429
