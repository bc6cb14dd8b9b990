"""Passwords: hashing with Argon2id (RFC 9106). A check takes equal time for all accounts."""

import unicodedata
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10  # characters
LONGEST = 500  # characters; very long input would only use CPU time

# OWASP's parameters for Argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)
# Hash that no password matches: the check of an unknown account takes as long as any other.
_NONE = (
    "$argon2id$v=19$m=19456,t=2,p=1$dGhlIHNhbHQgb2YgdGhlIGhhc2g$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


@dataclass(frozen=True)
class Check:
    """Result of a password check, with a new hash if the stored hash is outdated."""

    right: bool
    renewed: str | None = None


def hashed(password: str) -> str:
    """Return the Argon2id hash of a password. Equivalent Unicode forms are the same password."""
    return _HASHER.hash(_normal(password))


def check(stored: str | None, typed: str) -> Check:
    """Compare a password with the stored hash.

    If the hash is None (unknown account), nothing matches, and the check takes the same time.

    Earlier versions hashed a password from a link as typed, and other passwords in NFKD form. Both
    forms are therefore tried if they differ.
    """
    if len(typed) > LONGEST:
        typed = ""
    right = [way for way in dict.fromkeys((_normal(typed), typed)) if _fits(stored or _NONE, way)]
    if not right or stored is None:
        return Check(right=False)
    stale = _HASHER.check_needs_rehash(stored) or right[0] != _normal(typed)
    return Check(right=True, renewed=hashed(typed) if stale else None)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKD", password)


def _fits(stored: str, typed: str) -> bool:
    try:
        return _HASHER.verify(stored, typed)
    except (VerificationError, InvalidHashError):
        return False
