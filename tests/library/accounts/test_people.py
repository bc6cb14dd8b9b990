"""Tests of people: accounts, people without account, one-time links and tokens.

Covers: tokens, one_time_links.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from library.accounts import one_time_links, people, tokens
from library.accounts.names import add_person, without_account
from library.accounts.people import FIRST_ADMIN
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.models import ApiToken, OneTimeLink, ParticipantRole, Role, Visibility, now
from library.store import Library
from tests.builders import Account, add_session, person_named


def test_a_link_opens_until_it_is_used(library):
    """A one-time link is refused after it was used."""
    with library.transaction() as db:
        token = one_time_links.offer_link(db, FIRST_ADMIN)
    with library.transaction() as db:
        one_time_links.open_link(db, FIRST_ADMIN, token).used_at = now()

    with library.reading() as db, pytest.raises(NotFoundError, match="already used"):
        one_time_links.open_link(db, FIRST_ADMIN, token)


def test_a_newer_link_ends_the_older(library):
    """Only the newest one-time link for a purpose works."""
    with library.transaction() as db:
        older = one_time_links.offer_link(db, FIRST_ADMIN)
        newer = one_time_links.offer_link(db, FIRST_ADMIN)

    with library.reading() as db:
        assert one_time_links.open_link(db, FIRST_ADMIN, newer)
        with pytest.raises(NotFoundError):
            one_time_links.open_link(db, FIRST_ADMIN, older)


@pytest.mark.parametrize("purpose", [FIRST_ADMIN, "another purpose"])
def test_a_link_that_is_too_old_or_for_another_purpose_is_refused(library, purpose):
    """A one-time link is refused after it has expired, and for another purpose."""
    hours = 1 if purpose != FIRST_ADMIN else -1
    with library.transaction() as db:
        token = one_time_links.offer_link(db, FIRST_ADMIN, hours=hours)

    with library.reading() as db, pytest.raises(NotFoundError):
        one_time_links.open_link(db, purpose, token)


def test_secrets_are_kept_only_as_their_hash(library, mentor):
    """The database stores links and tokens only as hashes."""
    with library.transaction() as db:
        link = one_time_links.offer_link(db, FIRST_ADMIN)
        _, secret = tokens.add(db, mentor.id, "laptop")

    with library.reading() as db:
        digests = [
            *db.scalars(select(OneTimeLink.token_hash)),
            *db.scalars(select(ApiToken.token_hash)),
        ]

    assert digests == [one_time_links.token_digest(link), one_time_links.token_digest(secret)]
    assert not {link, secret} & set(digests)


def test_a_token_identifies_its_owner(library, mentor):
    """An API token identifies its owner, and the time of its last use is stored."""
    with library.transaction() as db:
        _, secret = tokens.add(db, mentor.id, "laptop")

    bearer = tokens.bearer(library, secret)

    assert bearer is not None
    assert bearer.viewer == mentor.viewer
    with library.reading() as db:
        assert tokens.for_person(db, mentor.id)[0].last_used_at is not None


def test_a_token_is_accepted_while_another_transaction_writes(library, mentor):
    """An API token is accepted while another transaction holds the write lock.

    The time of this use of the token is not stored.
    """
    with library.transaction() as db:
        _, secret = tokens.add(db, mentor.id, "laptop")

    with library.transaction() as writing:
        writing.connection()  # takes the write lock
        bearer = tokens.bearer(library, secret)

    assert bearer is not None
    with library.reading() as db:
        assert tokens.for_person(db, mentor.id)[0].last_used_at is None


def test_an_expired_token_is_refused(library, mentor):
    """An API token is refused after it has expired."""
    with library.transaction() as db:
        _, secret = tokens.add(db, mentor.id, "old", expires_at=now() - timedelta(seconds=1))

    assert tokens.bearer(library, secret) is None


def test_an_unknown_token_is_refused(library):
    """An API token that was never issued is refused."""
    assert tokens.bearer(library, "lh_guess") is None


def test_a_token_of_a_closed_account_is_refused(library, mentor):
    """An API token of a closed account is refused."""
    with library.transaction() as db:
        _, secret = tokens.add(db, mentor.id, "laptop")
        people.get(db, mentor.id).active = False

    assert tokens.bearer(library, secret) is None


def test_only_its_owner_revokes_a_token(library, mentor, mentee):
    """Only the owner of an API token can revoke it. A revoked token is refused."""
    with library.transaction() as db:
        token, secret = tokens.add(db, mentor.id, "laptop")

    with library.transaction() as db:
        with pytest.raises(NotFoundError):
            tokens.revoke(db, mentee.id, token.id)
        tokens.revoke(db, mentor.id, token.id)

    assert tokens.bearer(library, secret) is None


def test_an_address_has_one_account_whatever_its_capitals(library, mentor):
    """A second account with the same e-mail address is refused, also in upper case.

    The account is found by its address in upper case, too.
    """
    with library.transaction() as db, pytest.raises(ConflictError, match="already"):
        people.add_account(
            db, name="Other", email=mentor.email.upper(), role=Role.MENTEE, password_hash=None
        )

    with library.reading() as db:
        found = people.by_email(db, f" {mentor.email.upper()} ")
        assert found is not None
        assert found.id == mentor.id


@pytest.mark.parametrize(("name", "email"), [(" ", "a@example.org"), ("Ada", "ada"), ("Ada", "")])
def test_an_account_needs_a_name_and_an_address(library, name, email):
    """An account without a name or a valid address is refused."""
    with library.transaction() as db, pytest.raises(InvalidInputError):
        people.add_account(db, name=name, email=email, role=Role.MENTEE, password_hash=None)


def test_an_administrator_counts_once_they_can_sign_in(library):
    """`has_admin` is True only if an administrator has an open account and a password."""
    answers = []
    with library.transaction() as db:
        person = people.add_account(
            db, name="Ines", email="ines@example.org", role=Role.ADMIN, password_hash=None
        )
        answers.append(people.has_admin(db))
        person.password_hash = "hash"
        db.flush()
        answers.append(people.has_admin(db))
        person.active = False
        db.flush()
        answers.append(people.has_admin(db))

    assert answers == [False, True, False]


def test_people_are_listed_by_name(library, mentor, mentee, admin):
    """All people are listed in the order of their names."""
    with library.reading() as db:
        names = [person.name for person in people.all_people(db)]

    assert names == sorted([mentor.name, mentee.name, admin.name])


def test_an_unknown_person_is_not_found(library):
    """An unknown person id raises `NotFoundError`."""
    with library.reading() as db, pytest.raises(NotFoundError, match="not found"):
        people.get(db, 99)


def test_an_invitation_sets_one_persons_password(library, mentor, mentee):
    """An invitation works only for the invited person. A newer invitation replaces it."""
    with library.transaction() as db:
        older = people.invite(db, people.get(db, mentor.id))
        newer = people.invite(db, people.get(db, mentor.id))
        people.invite(db, people.get(db, mentee.id))

    with library.reading() as db:
        person, _ = people.invited(db, mentor.id, newer)
        assert person.id == mentor.id
        for person_id, token in ((mentor.id, older), (mentee.id, newer)):
            with pytest.raises(NotFoundError):
                people.invited(db, person_id, token)


def test_a_new_password_ends_every_sign_in(library, mentor):
    """A new password replaces the login key of the account. Earlier sign-ins become invalid."""
    with library.transaction() as db:
        person = people.get(db, mentor.id)
        before = person.login_key
        people.set_password(db, person, "hash")

        assert people.by_login_key(db, before) is None
        assert people.by_login_key(db, person.login_key) is person


def test_closing_an_account_ends_its_sign_ins(library, admin, mentor):
    """Closing an account ends its sign-ins. They stay invalid after the account is reopened."""
    with library.transaction() as db:
        people.set_password(db, people.get(db, admin.id), "hash")
        person = people.get(db, mentor.id)
        before = person.login_key
        for active in (False, True):
            people.change_account(db, admin.viewer, person, role=Role.MENTOR, active=active)

        assert people.by_login_key(db, before) is None


@pytest.mark.parametrize(("role", "active"), [(Role.MENTOR, True), (Role.ADMIN, False)])
def test_the_last_administrator_stays(library, admin, role, active):
    """The last administrator cannot lose the role, and their account cannot be closed."""
    with library.transaction() as db:
        people.set_password(db, people.get(db, admin.id), "hash")

    def change() -> None:
        with library.transaction() as db:
            person = people.get(db, admin.id)
            people.change_account(db, admin.viewer, person, role=role, active=active)

    with pytest.raises(ConflictError, match="last administrator"):
        change()
    with library.reading() as db:
        assert people.has_admin(db)


def test_only_administrators_change_accounts(library, mentor):
    """A mentor cannot change the role of an account."""
    with library.transaction() as db:
        person = people.get(db, mentor.id)
        with pytest.raises(NotAllowedError):
            people.change_account(db, mentor.viewer, person, role=Role.ADMIN, active=True)


def test_an_account_with_the_name_of_a_speaker_is_a_new_person(library):
    """A new account is a new person, also if a person without account has the same name.

    An account can be added to a person without account on request.
    """
    with library.transaction() as db:
        namesake, other = add_person(db, "Zoe"), add_person(db, "Ruth")

        new = people.add_account(
            db, name="Zoe", email="zoe@example.org", role=Role.MENTEE, password_hash=None
        )
        same = people.add_account(
            db,
            name="Ruth",
            email="ruth@example.org",
            role=Role.MENTEE,
            password_hash=None,
            person=other,
        )

        assert new.id != namesake.id
        assert same.id == other.id
        assert [p.id for p in people.accounts(db)] == [same.id, new.id]


def test_people_without_account_of_a_name(library, mentor):
    """People without account are found by their name. Case and outer blanks do not matter.

    Accounts and sample people are not returned. A name without visible characters is refused.
    """
    with library.transaction() as db:
        one, other = add_person(db, "Zoe"), add_person(db, " ZOE ")
        add_person(db, "Zoe", sample=True)
        add_person(db, mentor.name).email = "a@example.org"

        assert [p.id for p in without_account(db, "zoe")] == [one.id, other.id]
        assert without_account(db, mentor.name) == []
        with pytest.raises(InvalidInputError):
            add_person(db, " \u200b ")


def test_a_person_without_account_is_not_an_account(library):
    """A person without account is neither listed nor returned as an account."""
    with library.transaction() as db:
        zoe = person_named(db, "Zoe")

        assert list(people.accounts(db)) == []
        with pytest.raises(NotFoundError):
            people.account(db, zoe.id)


def test_names_that_one_may_know(library: Library, admin: Account, mentor: Account) -> None:
    """`known_to` returns all members, and participants of sessions that the viewer may see.

    Participants of hidden sessions are not returned.
    """
    with library.transaction() as db:
        hidden, visible = person_named(db, "Hidden").id, person_named(db, "Heard").id
    add_session(
        library,
        visibility=Visibility.PRIVATE,
        owner=admin,
        lines=[],
        participants=[(hidden, ParticipantRole.MENTEE)],
    )
    add_session(library, title="B", lines=[], participants=[(visible, ParticipantRole.MENTEE)])

    with library.reading() as db:
        names = {person.name for person in people.known_to(db, mentor.viewer)}

    assert names == {admin.name, mentor.name, "Heard"}
