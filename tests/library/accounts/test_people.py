"""Accounts, voices, one-time links and tokens: what opens a door, and how often."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from library.accounts import one_time, people, tokens
from library.accounts.people import FIRST_ADMIN
from library.accounts.person_names import add_person, without_account
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.models import ApiToken, OneTimeLink, Part, Role, Visibility, now
from library.store import Library
from tests.builders import Account, add_session, person_named


def test_a_link_opens_until_it_is_used(library):
    """A one-time link can be looked at, and stops working once it was used."""
    with library.transaction() as db:
        token = one_time.offer_link(db, FIRST_ADMIN)
    with library.transaction() as db:
        one_time.open_link(db, FIRST_ADMIN, token).used_at = now()

    with library.reading() as db, pytest.raises(NotFoundError, match="used already"):
        one_time.open_link(db, FIRST_ADMIN, token)


def test_a_newer_link_ends_the_older(library):
    """Only the newest link of a purpose works."""
    with library.transaction() as db:
        older = one_time.offer_link(db, FIRST_ADMIN)
        newer = one_time.offer_link(db, FIRST_ADMIN)

    with library.reading() as db:
        assert one_time.open_link(db, FIRST_ADMIN, newer)
        with pytest.raises(NotFoundError):
            one_time.open_link(db, FIRST_ADMIN, older)


@pytest.mark.parametrize("purpose", [FIRST_ADMIN, "another purpose"])
def test_a_link_that_is_too_old_or_for_another_purpose_is_refused(library, purpose):
    """A link opens its own door only, and only in time."""
    hours = 1 if purpose != FIRST_ADMIN else -1
    with library.transaction() as db:
        token = one_time.offer_link(db, FIRST_ADMIN, hours=hours)

    with library.reading() as db, pytest.raises(NotFoundError):
        one_time.open_link(db, purpose, token)


def test_secrets_are_kept_only_as_their_hash(library, mentor):
    """Who reads the database cannot sign in with what stands there."""
    with library.transaction() as db:
        link = one_time.offer_link(db, FIRST_ADMIN)
        _, secret = tokens.add(db, mentor.id, "laptop")

    with library.reading() as db:
        kept = [
            *db.scalars(select(OneTimeLink.token_hash)),
            *db.scalars(select(ApiToken.token_hash)),
        ]

    assert kept == [one_time.token_digest(link), one_time.token_digest(secret)]
    assert not {link, secret} & set(kept)


def test_a_token_speaks_for_its_person(library, mentor):
    """A bearer token leads to its owner and remembers when it was last used."""
    with library.transaction() as db:
        _, secret = tokens.add(db, mentor.id, "laptop")

    bearer = tokens.bearer(library, secret)

    assert bearer is not None
    assert bearer.viewer == mentor.viewer
    with library.reading() as db:
        assert tokens.of(db, mentor.id)[0].last_used_at is not None


def test_a_token_is_known_while_another_transaction_writes(library, mentor):
    """A call with a token does not wait until the time of its use can be written."""
    with library.transaction() as db:
        _, secret = tokens.add(db, mentor.id, "laptop")

    with library.transaction() as writing:
        writing.connection()  # takes the write lock
        bearer = tokens.bearer(library, secret)

    assert bearer is not None
    with library.reading() as db:
        assert tokens.of(db, mentor.id)[0].last_used_at is None


def test_an_expired_token_speaks_for_nobody(library, mentor):
    """A token stops at its end."""
    with library.transaction() as db:
        _, secret = tokens.add(db, mentor.id, "old", expires_at=now() - timedelta(seconds=1))

    assert tokens.bearer(library, secret) is None


def test_a_wrong_token_speaks_for_nobody(library):
    """A secret that was never given opens nothing."""
    assert tokens.bearer(library, "lh_guess") is None


def test_a_token_of_a_closed_account_speaks_for_nobody(library, mentor):
    """Closing an account ends its tokens."""
    with library.transaction() as db:
        _, secret = tokens.add(db, mentor.id, "laptop")
        people.get(db, mentor.id).active = False

    assert tokens.bearer(library, secret) is None


def test_only_its_owner_revokes_a_token(library, mentor, mentee):
    """To anybody else the token is not there; revoked, it speaks for nobody."""
    with library.transaction() as db:
        token, secret = tokens.add(db, mentor.id, "laptop")

    with library.transaction() as db:
        with pytest.raises(NotFoundError):
            tokens.revoke(db, mentee.id, token.id)
        tokens.revoke(db, mentor.id, token.id)

    assert tokens.bearer(library, secret) is None


def test_an_address_has_one_account_whatever_its_capitals(library, mentor):
    """The same address twice is refused, and found in any spelling."""
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
    """What cannot be an account is refused with a sentence."""
    with library.transaction() as db, pytest.raises(InvalidInputError):
        people.add_account(db, name=name, email=email, role=Role.MENTEE, password_hash=None)


def test_an_administrator_counts_once_they_can_sign_in(library):
    """Without a password, or closed, an administrator's account is none."""
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
    """Everybody is there, in the order of their names."""
    with library.reading() as db:
        names = [person.name for person in people.everybody(db)]

    assert names == sorted([mentor.name, mentee.name, admin.name])


def test_nobody_is_a_sentence(library):
    """A number that nobody has is not an error of ours."""
    with library.reading() as db, pytest.raises(NotFoundError, match="nobody"):
        people.get(db, 99)


def test_an_invitation_sets_one_persons_password(library, mentor, mentee):
    """An invitation names its person, opens nobody else's account, and a newer one ends it."""
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
    """Cookies carry a key that changes with the password."""
    with library.transaction() as db:
        person = people.get(db, mentor.id)
        before = person.login_key
        people.set_password(db, person, "hash")

        assert people.by_login_key(db, before) is None
        assert people.by_login_key(db, person.login_key) is person


def test_closing_an_account_ends_its_sign_ins(library, admin, mentor):
    """A closed account's cookies are worth nothing, also when it is opened again."""
    with library.transaction() as db:
        people.set_password(db, people.get(db, admin.id), "hash")
        person = people.get(db, mentor.id)
        before = person.login_key
        for active in (False, True):
            people.change_account(db, admin.viewer, person, role=Role.MENTOR, active=active)

        assert people.by_login_key(db, before) is None


@pytest.mark.parametrize(("role", "active"), [(Role.MENTOR, True), (Role.ADMIN, False)])
def test_the_last_administrator_stays(library, admin, role, active):
    """Neither a smaller role nor closing is let through; the account is as it was."""
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
    """Nobody gives themselves a larger role."""
    with library.transaction() as db:
        person = people.get(db, mentor.id)
        with pytest.raises(NotAllowedError):
            people.change_account(db, mentor.viewer, person, role=Role.ADMIN, active=True)


def test_an_account_of_a_name_that_is_heard_is_a_new_person(library):
    """Only where it is said who they are does a person without account become the account."""
    with library.transaction() as db:
        heard, other = add_person(db, "Zoe"), add_person(db, "Ruth")

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

        assert new.id != heard.id
        assert same.id == other.id
        assert [p.id for p in people.accounts(db)] == [same.id, new.id]


def test_people_without_account_of_a_name(library, mentor):
    """They are found by any spelling; accounts and people of the samples are not among them."""
    with library.transaction() as db:
        one, other = add_person(db, "Zoe"), add_person(db, " ZOE ")
        add_person(db, "Zoe", sample=True)
        add_person(db, mentor.name).email = "a@example.org"

        assert [p.id for p in without_account(db, "zoe")] == [one.id, other.id]
        assert without_account(db, mentor.name) == []
        with pytest.raises(InvalidInputError):
            add_person(db, " \u200b ")


def test_a_voice_is_no_account(library):
    """What is asked of accounts is not asked of voices."""
    with library.transaction() as db:
        voice = person_named(db, "Zoe")

        assert list(people.accounts(db)) == []
        with pytest.raises(NotFoundError):
            people.account(db, voice.id)


def test_names_that_one_may_know(library: Library, admin: Account, mentor: Account) -> None:
    """Members, and voices of sessions that one may see."""
    with library.transaction() as db:
        hidden, heard = person_named(db, "Hidden").id, person_named(db, "Heard").id
    add_session(
        library,
        visibility=Visibility.PRIVATE,
        owner=admin,
        lines=[],
        participants=[(hidden, Part.MENTEE)],
    )
    add_session(library, title="B", lines=[], participants=[(heard, Part.MENTEE)])

    with library.reading() as db:
        names = {person.name for person in people.known_to(db, mentor.viewer)}

    assert names == {admin.name, mentor.name, "Heard"}
