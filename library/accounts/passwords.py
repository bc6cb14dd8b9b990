"""Passwords: hashed with Argon2id (RFC 9106), checked in the same time for every account."""

import unicodedata
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10  # characters
LONGEST = 500  # characters; hashing a book would only tie up the server

# OWASP's figures for Argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)
# The hash of a password that nobody has: an unknown address costs as much as a wrong password.
_NONE = (
    "$argon2id$v=19$m=19456,t=2,p=1$dGhlIHNhbHQgb2YgdGhlIGhhc2g$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


@dataclass(frozen=True)
class Check:
    """Whether a password is right, and its hash anew where it is to be kept in another form."""

    right: bool
    renewed: str | None = None


def hashed(password: str) -> str:
    """Return a password as it is kept; each way to type a letter with an accent is the same."""
    return _HASHER.hash(_normal(password))


def check(kept: str | None, typed: str) -> Check:
    """Compare a password with the hash that is kept; None is never right, and takes as long.

    Earlier versions kept a password from a link as it was typed, and all others in their normal
    form, so that both are tried where they differ.
    """
    if len(typed) > LONGEST:
        typed = ""
    right = [way for way in dict.fromkeys((_normal(typed), typed)) if _fits(kept or _NONE, way)]
    if not right or kept is None:
        return Check(right=False)
    stale = _HASHER.check_needs_rehash(kept) or right[0] != _normal(typed)
    return Check(right=True, renewed=hashed(typed) if stale else None)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKD", password)


def _fits(kept: str, typed: str) -> bool:
    try:
        return _HASHER.verify(kept, typed)
    except (VerificationError, InvalidHashError):
        return False
