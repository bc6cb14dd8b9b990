"""Tests of passkeys: how they are stored, and their limits."""

import pytest

from library.accounts import passkeys
from library.accounts.passkeys import NewKey
from library.errors import ConflictError, InvalidInputError, NotFoundError


def key(number):
    """Return a new passkey whose id contains the number."""
    return NewKey(credential_id=f"key-{number}", public_key=b"cose", sign_count=0)


def test_a_passkey_belongs_to_one_account(library, mentor, mentee):
    """A passkey can be registered by one account only. Other accounts cannot read it."""
    with library.transaction() as db:
        added = passkeys.add(db, mentor.viewer, key(1), "  Phone ")
        with pytest.raises(ConflictError):
            passkeys.add(db, mentee.viewer, key(1), "")
        with pytest.raises(NotFoundError):
            passkeys.get(db, mentee.id, added.id)

        assert passkeys.by_credential(db, "key-1") is added
        assert (added.label, passkeys.named("")) == ("Phone", "Passkey")


def test_a_person_has_a_limited_number_of_passkeys(library, mentor):
    """A person with the maximum number of passkeys must remove one before adding another."""
    with library.transaction() as db:
        own_passkeys = [passkeys.add(db, mentor.viewer, key(n), "") for n in range(passkeys.MOST)]
        with pytest.raises(ConflictError):
            passkeys.add(db, mentor.viewer, key("more"), "")
        passkeys.remove(db, mentor.viewer, own_passkeys[0])
        passkeys.add(db, mentor.viewer, key("more"), "")

        assert len(passkeys.for_person(db, mentor.id)) == passkeys.MOST


def test_the_name_of_a_passkey_is_limited():
    """A passkey name of more than 100 characters is refused."""
    with pytest.raises(InvalidInputError):
        passkeys.named("x" * (passkeys.LONGEST + 1))
