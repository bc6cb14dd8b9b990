"""Accounts, voices, one-time links and tokens."""

from datetime import timedelta

import pytest

from library import people
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.models import OneTimeLink, Part, Role, Visibility, now
from library.store import Library
from tests.builders import Account, add_session


def test_an_account_takes_over_the_voice_of_its_name(library: Library) -> None:
    """Whoever was heard and is then invited is one person."""
    with library.transaction() as db:
        voice = people.voice(db, "Zoe  Voice")

        account = people.add_account(
            db, name="zoe voice", email=" Zoe@Example.org ", role=Role.MENTOR, password_hash=None
        )

        assert account.id == voice.id
        assert account.email == "zoe@example.org"


def test_a_sample_voice_stays_a_sample(library: Library) -> None:
    """Invented people never become accounts: they leave with the samples."""
    with library.transaction() as db:
        voice = people.voice(db, "Zoe")
        voice.sample = True

        account = people.add_account(
            db, name="Zoe", email="z@example.org", role=Role.MENTOR, password_hash=None
        )

        assert account.id != voice.id


def test_an_address_has_one_account(library: Library, admin: Account) -> None:
    """The same address in other capitals is refused."""
    with library.transaction() as db, pytest.raises(ConflictError):
        people.add_account(
            db, name="X", email=admin.email.upper(), role=Role.MENTEE, password_hash=None
        )


@pytest.mark.parametrize(("name", "email"), [(" ", "a@b.org"), ("Zoe", "nowhere"), ("Zoe", "")])
def test_an_account_needs_a_name_and_an_address(library: Library, name: str, email: str) -> None:
    """What is missing is said."""
    with library.transaction() as db, pytest.raises(InvalidInputError):
        people.add_account(db, name=name, email=email, role=Role.MENTEE, password_hash=None)


def test_a_link_opens_once_and_in_time(library: Library, mentor: Account) -> None:
    """Used, late and foreign links are all the same: not there."""
    with library.transaction() as db:
        person = people.get(db, mentor.id)
        token = people.invite(db, person)
        _, link = people.invited(db, mentor.id, token)

        for spoil in ({"used_at": now()}, {"used_at": None, "expires_at": now() - timedelta(1)}):
            for name, value in spoil.items():
                setattr(link, name, value)
            with pytest.raises(NotFoundError):
                people.invited(db, mentor.id, token)
        with pytest.raises(NotFoundError):
            people.invited(db, mentor.id + 1, token)


def test_tokens_are_kept_only_as_digests(library: Library, mentor: Account) -> None:
    """A stolen database opens nothing."""
    with library.transaction() as db:
        token, secret = people.add_token(db, mentor.id, "laptop")
        link = people.offer_link(db, people.FIRST_ADMIN)

        kept = [row.token_hash for row in db.query(OneTimeLink)]

    assert secret not in token.token_hash
    assert link not in kept
    assert people.bearer(library, secret) is not None
    assert people.bearer(library, token.token_hash) is None


def test_the_last_administrator_stays(library: Library, admin: Account) -> None:
    """Neither a new role nor a closed account takes the last key away."""
    with library.transaction() as db:
        people.set_password(db, people.get(db, admin.id), "a hash")

    for change in ({"role": Role.MENTOR, "active": True}, {"role": Role.ADMIN, "active": False}):
        with pytest.raises(ConflictError), library.transaction() as db:
            people.change_account(db, admin.viewer, people.get(db, admin.id), **change)

    with library.reading() as db:
        assert people.has_admin(db)


def test_only_administrators_change_accounts(library: Library, mentor: Account) -> None:
    """Nobody makes themselves more than they are."""
    with library.transaction() as db, pytest.raises(NotAllowedError):
        people.change_account(
            db, mentor.viewer, people.get(db, mentor.id), role=Role.ADMIN, active=True
        )


def test_names_that_one_may_know(library: Library, admin: Account, mentor: Account) -> None:
    """Members, and voices of sessions that one may see."""
    with library.transaction() as db:
        hidden, heard = people.voice(db, "Hidden").id, people.voice(db, "Heard").id
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
