"""Passwords as they are kept and compared."""

import unicodedata

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type

from library.accounts import passwords

WORDS = "fünf große Wörter"


def test_a_password_is_kept_as_argon2id_and_fits_in_each_form() -> None:
    """Letters with accents may be typed composed or not."""
    kept = passwords.hashed(WORDS)

    found = [passwords.check(kept, unicodedata.normalize(form, WORDS)) for form in ("NFC", "NFD")]

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert [(one.right, one.renewed) for one in found] == [(True, None), (True, None)]
    assert not passwords.check(kept, "fünf große Worte").right


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
    """A right password that is kept in another form is hashed anew, a wrong one is not."""
    kept = hasher.hash("a few plain words")

    right, wrong = passwords.check(kept, "a few plain words"), passwords.check(kept, "others")

    assert right.right
    assert passwords.check(right.renewed, "a few plain words").right
    assert (wrong.right, wrong.renewed) == (False, None)


@pytest.mark.parametrize(
    "kept", [None, "", "not a hash", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA"]
)
def test_no_password_is_never_right(kept: str | None) -> None:
    """An account without one, and what is no hash, let nobody in."""
    assert not passwords.check(kept, "").right
    assert not passwords.check(kept, "a few plain words").right


def test_a_book_is_no_password() -> None:
    """A text beyond the limit is wrong, without being hashed."""
    assert not passwords.check(passwords.hashed("x" * 501), "x" * 501).right
