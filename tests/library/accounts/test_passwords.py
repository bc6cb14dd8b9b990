"""Tests of passwords: how they are hashed and compared."""

import unicodedata

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type

from library.accounts import passwords

WORDS = "fünf große Wörter"


def test_a_password_is_kept_as_argon2id_and_fits_in_each_form() -> None:
    """A password is hashed with Argon2id. Composed and decomposed Unicode forms both match."""
    stored = passwords.hashed(WORDS)

    found = [passwords.check(stored, unicodedata.normalize(form, WORDS)) for form in ("NFC", "NFD")]

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert [(one.right, one.renewed) for one in found] == [(True, None), (True, None)]
    assert not passwords.check(stored, "fünf große Worte").right


@pytest.mark.parametrize(
    "hasher",
    [
        PasswordHasher(memory_cost=8192, time_cost=1, parallelism=1),
        PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1, type=Type.I),
        PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1, type=Type.D),
    ],
    ids=["cheaper", "argon2i", "argon2d"],
)
def test_an_older_hash_fits_and_is_renewed(hasher: PasswordHasher) -> None:
    """A correct password with an outdated hash gets a new hash. A wrong password gets none."""
    stored = hasher.hash("a few plain words")

    right, wrong = passwords.check(stored, "a few plain words"), passwords.check(stored, "others")

    assert right.right
    assert passwords.check(right.renewed, "a few plain words").right
    assert (wrong.right, wrong.renewed) == (False, None)


@pytest.mark.parametrize(
    "stored", [None, "", "not a hash", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA"]
)
def test_a_missing_or_invalid_hash_never_matches(stored: str | None) -> None:
    """No password matches a missing or invalid hash."""
    assert not passwords.check(stored, "").right
    assert not passwords.check(stored, "a few plain words").right


def test_a_password_over_the_limit_never_matches() -> None:
    """A password of more than 500 characters never matches."""
    assert not passwords.check(passwords.hashed("x" * 501), "x" * 501).right
