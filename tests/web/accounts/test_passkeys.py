"""Tests of passkeys: adding with the password, signing in, and refused credentials.

Covers: webauthn.
"""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from library.access import today
from library.accounts import passkeys, people, two_factor
from library.errors import ConflictError
from library.models import AuditEvent, Passkey, Person, Role
from library.removal import account_deletion
from library.removal.account_deletion import DeletionRequest
from library.store import Library
from tests.builders import Account, add_account
from tests.web.browser.sign_in import PASSWORD
from tests.web.client import Browser
from tests.web.outbox import emails_to
from tests.web.virtual_passkey import SEEN, SoftKey
from web.accounts import webauthn

Browse = Callable[..., Browser]
PAGE = "/account/passkeys"
KNOWN = {"label": "My phone", "password": PASSWORD}
REFUSED = "does not sign you in"


def begin(member: Browser, **more: str) -> Any:
    """Request the options for a new passkey, and return the response."""
    return member.post(f"{PAGE}/begin.json", {**KNOWN, **more})


def add(member: Browser, key: SoftKey, **more: str) -> Any:
    """Add a passkey, as the page does, and return the response."""
    return member.post(PAGE, {"credential": key.make(begin(member, **more).json)})


def sign_in_options(guest: Browser) -> dict[str, Any]:
    """Return the options for signing in with a passkey."""
    return dict(guest.get("/sign-in/passkey.json").json)


def enter(guest: Browser, credential: str, **more: str) -> Any:
    """Sign in with a passkey credential. Return the page after all redirects."""
    form = {"credential": credential, **more}
    return guest.post("/sign-in/passkey", form, follow_redirects=True)


def is_in(guest: Browser) -> bool:
    """Return whether a browser is signed in."""
    return guest.get("/account").status_code == 200


@pytest.fixture
def key(browse: Browse, admin: Account) -> SoftKey:
    """Passkey of the administrator."""
    made = SoftKey()
    assert add(browse(admin), made).location == PAGE
    return made


def test_a_passkey_signs_in(browse: Browse, library: Library, admin: Account, key: SoftKey) -> None:
    """A passkey signs in and leads to the requested page. The time of its last use is stored."""
    guest = browse()

    answer = guest.post(
        "/sign-in/passkey", {"credential": key.sign(sign_in_options(guest)), "next": "/mine?x=1"}
    )

    assert answer.location == "/mine?x=1"
    assert is_in(guest)
    with library.reading() as db:
        stored = db.scalars(select(Passkey)).one()
    assert (stored.person_id, stored.label) == (admin.id, "My phone")
    assert stored.last_used_at is not None


def test_options_for_signing_in_name_no_account(browse: Browse, key: SoftKey) -> None:
    """The options for signing in contain no credentials and require user verification."""
    options = sign_in_options(browse())

    assert not options.get("allowCredentials")
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")
    assert key.handle not in json.dumps(options)


def test_options_for_a_new_passkey(browse: Browse, admin: Account) -> None:
    """The options for a new passkey demand that it is discoverable and verifies its user.

    They exclude known passkeys. All passkeys of an account have the same user handle of 32 bytes.
    """
    member = browse(admin)
    first = SoftKey()
    add(member, first)

    options = begin(member).json

    chosen = options["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
    assert len(options["excludeCredentials"]) == 1
    assert options["user"]["id"] == first.handle
    assert len(options["user"]["id"]) == 43  # 32 bytes


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
def test_a_forged_assertion_is_refused(browse: Browse, key: SoftKey, lie: dict[str, Any]) -> None:
    """A credential of another site or account, or without user verification, does not sign in."""
    guest = browse()
    vars(key).update(lie)

    answer = enter(guest, key.sign(sign_in_options(guest)))

    assert REFUSED in answer.text
    assert not is_in(guest)


def test_a_signature_by_another_key_is_refused(browse: Browse, key: SoftKey) -> None:
    """A signature by another key with the same credential id and user handle does not sign in."""
    guest, other = browse(), SoftKey()
    other.id, other.handle = key.id, key.handle

    answer = enter(guest, other.sign(sign_in_options(guest)))

    assert REFUSED in answer.text
    assert not is_in(guest)


@pytest.mark.parametrize(
    "said",
    ["", "{", "[]", "null", '{"id": 1}', "\x00", "[" * 9000, '{"id":"ä","rawId":"ä"}'],
    ids=["empty", "cut", "list", "null", "number", "nul", "deep", "letters"],
)
def test_a_malformed_credential_is_refused(browse: Browse, key: SoftKey, said: str) -> None:
    """A malformed credential at sign-in gives the sign-in page with a message."""
    guest = browse()
    sign_in_options(guest)

    answer = enter(guest, said)

    assert answer.status_code == 200
    assert REFUSED in answer.text


def test_an_invalid_new_passkey_is_not_added(browse: Browse, admin: Account) -> None:
    """A new passkey is refused without a challenge, if malformed, or if made for another site."""
    member, liar = browse(admin), SoftKey(origin="https://evil.example")
    answers = [member.post(PAGE, {"credential": credential}) for credential in ("", "{}")]
    begin(member)
    answers.append(member.post(PAGE, {"credential": '{"id": "x", "response": {}}'}))
    answers.append(add(member, liar))

    assert [answer.status_code for answer in answers] == [400] * 4
    assert "No passkeys yet" in member.get(PAGE).text


def test_a_challenge_is_valid_once(browse: Browse, key: SoftKey) -> None:
    """A copied cookie and credential do not sign in after their first use."""
    guest, thief = browse(), browse()
    credential = key.sign(sign_in_options(guest))
    with guest.client.session_transaction() as cookie:
        copied = dict(cookie[webauthn.COOKIE_KEY])
    enter(guest, credential)
    thief.token()
    with thief.client.session_transaction() as cookie:
        cookie[webauthn.COOKIE_KEY] = copied

    answer = enter(thief, credential)

    assert is_in(guest)
    assert REFUSED in answer.text
    assert not is_in(thief)


@pytest.mark.parametrize(
    "change",
    [
        {"at": int(time.time()) - webauthn.PATIENCE - 5},
        {"run": "an earlier process"},
        {"use": "add"},
        {"challenge": "AAAA"},
    ],
    ids="-".join,
)
def test_another_challenge_is_refused(browse: Browse, key: SoftKey, change: dict[str, Any]) -> None:
    """A challenge that expired or has another value does not sign in.

    Neither does a challenge of another server process, or one that was issued for adding a passkey.
    """
    guest = browse()
    credential = key.sign(sign_in_options(guest))
    guest.token()
    with guest.client.session_transaction() as cookie:
        cookie[webauthn.COOKIE_KEY] = {**cookie[webauthn.COOKIE_KEY], **change}

    answer = enter(guest, credential)

    assert REFUSED in answer.text
    assert not is_in(guest)


def test_a_copied_passkey_is_refused(browse: Browse, key: SoftKey) -> None:
    """A passkey whose signature counter is below the stored one is a copy and does not sign in."""
    guest, later = browse(), browse()
    key.count = 7
    enter(guest, key.sign(sign_in_options(guest)))
    key.count = 6

    answer = enter(later, key.sign(sign_in_options(later)))

    assert is_in(guest)
    assert REFUSED in answer.text


def test_adding_a_passkey_needs_the_password(browse: Browse, admin: Account) -> None:
    """A wrong password adds no passkey and answers 400 with a message."""
    member = browse(admin)

    refused = begin(member, password="a guess")

    assert refused.status_code == 400
    assert refused.json["detail"] == "This is not your password. No passkey was created."


def test_adding_a_passkey_needs_the_second_step(
    browse: Browse, library: Library, admin: Account
) -> None:
    """With two-step sign-in, adding a passkey needs a valid code."""
    with library.transaction() as db:
        two_factor.enable(db, admin.viewer, "sealed", 0)

    refused = begin(browse(admin), code="000000")

    assert refused.status_code == 400
    assert "code is not valid" in refused.json["detail"]


def test_a_passkey_is_both_steps(
    browse: Browse, library: Library, admin: Account, key: SoftKey
) -> None:
    """With two-step sign-in, a passkey signs in without a code."""
    with library.transaction() as db:
        two_factor.enable(db, admin.viewer, "sealed", 0)
    guest = browse()

    enter(guest, key.sign(sign_in_options(guest)))

    assert is_in(guest)


@pytest.mark.parametrize(
    "closed", [{"active": False}, {"leaves_on": today() - timedelta(days=3)}], ids="-".join
)
def test_a_closed_account_stays_closed(
    browse: Browse, library: Library, admin: Account, key: SoftKey, closed: dict[str, Any]
) -> None:
    """A passkey does not sign in to a deactivated account or after the person's last day."""
    guest = browse()
    other = add_account(library, "Another", Role.ADMIN)
    with library.transaction() as db:
        people.set_password(db, people.get(db, other.id), "so that somebody administers")
        db.execute(update(Person).where(Person.id == admin.id).values(**closed))

    answer = enter(guest, key.sign(sign_in_options(guest)))

    assert REFUSED in answer.text
    assert not is_in(guest)


def test_a_removed_passkey_does_not_sign_in(browse: Browse, admin: Account, key: SoftKey) -> None:
    """A removed passkey does not sign in any more.

    The removal needs the password and ends the other sign-ins of the account.
    """
    member, elsewhere, guest = browse(admin), browse(admin), browse()
    number = passkey_id(member)
    refused = member.post(f"{PAGE}/{number}/remove", {"password": "a guess"})

    member.post(f"{PAGE}/{number}/remove", {"password": PASSWORD})

    assert "The passkey was not removed." in refused.text
    assert is_in(member)
    assert not is_in(elsewhere)
    assert REFUSED in enter(guest, key.sign(sign_in_options(guest))).text


def passkey_id(member: Browser) -> int:
    """Return the id of a member's only passkey."""
    return int(member.get(PAGE).text.split(f'href="{PAGE}/')[1].split('"')[0])


def test_a_passkey_is_renamed(browse: Browse, admin: Account, key: SoftKey) -> None:
    """The owner renames a passkey. A name of more than 100 characters is refused."""
    member = browse(admin)
    number = passkey_id(member)

    long = member.post(f"{PAGE}/{number}", {"label": "x" * 101})
    member.post(f"{PAGE}/{number}", {"label": "The <old> phone"})

    assert long.status_code == 400
    assert "The &lt;old&gt; phone" in member.get(PAGE).text


def test_a_passkey_is_hidden_from_other_members(
    browse: Browse, admin: Account, mentor: Account, key: SoftKey
) -> None:
    """Another member does not see a passkey and gets 404 at its addresses."""
    number = passkey_id(browse(admin))
    other = browse(mentor)

    answers = [
        other.get(f"{PAGE}/{number}"),
        other.post(f"{PAGE}/{number}", {"label": "Mine"}),
        other.post(f"{PAGE}/{number}/remove", {"password": PASSWORD}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert "My phone" not in other.get(PAGE).text


def test_changes_of_passkeys_are_logged_and_sent(
    app: Flask, browse: Browse, library: Library, admin: Account, key: SoftKey
) -> None:
    """Adding and removing a passkey is audited. An e-mail tells the owner the passkey's name."""
    member = browse(admin)
    member.post(f"{PAGE}/{passkey_id(member)}/remove", {"password": PASSWORD})

    with library.reading() as db:
        actions = db.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert [action for action in actions if action.startswith("passkey.")] == [
        "passkey.add",
        "passkey.remove",
    ]
    assert "“My phone”" in emails_to(app, library, admin.email)[-1]


def test_an_administrator_can_revoke_a_passkey(
    browse: Browse, admin: Account, key: SoftKey
) -> None:
    """An administrator sees a passkey in the list of credentials and revokes it there."""
    as_admin, guest = browse(admin), browse()
    listed = as_admin.get("/care/links").text
    number = passkey_id(as_admin)

    as_admin.post(f"/care/links/passkey/{number}/revoke")

    assert "Passkey: My phone" in listed
    assert REFUSED in enter(guest, key.sign(sign_in_options(guest))).text


def test_the_number_of_passkeys_is_limited(library: Library, admin: Account) -> None:
    """A person has at most `MOST` passkeys, and the same credential id cannot be added twice."""
    with library.transaction() as db:
        for number in range(passkeys.MOST - 1):
            passkeys.add(db, admin.viewer, new(str(number)), "")

        with pytest.raises(ConflictError, match="already registered"):
            passkeys.add(db, admin.viewer, new("0"), "")
        passkeys.add(db, admin.viewer, new("last"), "")
        with pytest.raises(ConflictError, match="the maximum"):
            passkeys.add(db, admin.viewer, new("more"), "")


def new(name: str) -> passkeys.NewKey:
    """Return a new passkey with the given credential id."""
    return passkeys.NewKey(credential_id=name, public_key=b"", sign_count=0)


def test_deleting_an_account_deletes_its_passkeys(
    library: Library, admin: Account, mentor: Account, key: SoftKey
) -> None:
    """Deleting an account deletes only passkeys of this account, and the receipt counts them."""
    with library.transaction() as db:
        passkeys.add(db, mentor.viewer, new("the mentor's"), "Tablet")

    receipt = account_deletion.delete_account(library, mentor.viewer, mentor.id, DeletionRequest())

    with library.reading() as db:
        assert passkeys.for_person(db, mentor.id) == []
        assert len(passkeys.for_person(db, admin.id)) == 1
        assert people.may_sign_in(people.get(db, admin.id))
    assert receipt.content["removed"]["passkey"] == 1


def test_a_passkey_sign_in_needs_the_form_token(browse: Browse, key: SoftKey) -> None:
    """A passkey sign-in without the form token answers 400."""
    guest = browse()
    credential = key.sign(sign_in_options(guest))

    answer = guest.client.post("/sign-in/passkey", data={"credential": credential})

    assert answer.status_code == 400
    assert not is_in(guest)


def test_an_ip_address_offers_no_passkeys(browse: Browse) -> None:
    """On a site without a host name, the sign-in page has no passkey button.

    A request for passkey options then answers 400 with the reason.
    """
    guest, at = browse(), {"base_url": "http://192.0.2.7:5000"}

    answer = guest.get("/sign-in/passkey.json", **at)

    assert answer.status_code == 400
    assert "the host name" in answer.json["detail"]
    assert "with a passkey" not in guest.get("/sign-in", **at).text
    assert "with a passkey" in guest.get("/sign-in").text


def test_password_guesses_at_passkeys_are_limited(browse: Browse, admin: Account) -> None:
    """After many wrong passwords, the form that adds a passkey answers 429."""
    member = browse(admin)

    tried = [begin(member, password=f"guess {number}").status_code for number in range(40)]

    assert tried[0] == 400
    assert tried[-1] == 429
