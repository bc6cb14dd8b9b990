"""Passkeys (WebAuthn) of people: stored public keys, names and last use."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from library import audit
from library.access import Viewer
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.models import Passkey, Person, now
from library.store import Transaction
from library.translation import gettext

MOST = 20  # passkeys of one person
LONGEST = 100  # characters of a name


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """Public key of a new passkey, as registered by its device."""

    credential_id: str  # base64url
    public_key: bytes  # COSE (RFC 9052)
    sign_count: int
    transports: Sequence[str] = ()


def handle(person: Person) -> bytes:
    """Return the WebAuthn user handle of a person: 32 bytes without personal data.

    The handle differs between libraries on the same host. With equal handles, a device would
    replace the passkey of the other library (WebAuthn Level 3, section 5.4.3).
    """
    return hashlib.sha256(f"passkey {person.id} {person.created_at.isoformat()}".encode()).digest()


def for_person(db: Transaction, person_id: int) -> Sequence[Passkey]:
    """Return the passkeys of a person, newest first."""
    return db.scalars(
        select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id.desc())
    ).all()


def get(db: Transaction, person_id: int, passkey_id: int) -> Passkey:
    """Return a passkey of a person.

    Raises:
        NotFoundError: The person does not have this passkey.
    """
    passkey = db.get(Passkey, passkey_id)
    if passkey is None or passkey.person_id != person_id:
        raise NotFoundError("This passkey was not found in your account. Reload the page.")
    return passkey


def by_credential(db: Transaction, credential_id: str) -> Passkey | None:
    """Return the passkey with this credential id (base64url), or None."""
    return db.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def require_below_limit(db: Transaction, person_id: int) -> None:
    """Check that a person may have one more passkey.

    Raises:
        ConflictError: The person has `MOST` passkeys.
    """
    count = select(func.count()).where(Passkey.person_id == person_id)
    if (db.scalar(count) or 0) >= MOST:
        raise ConflictError(
            "You have %(number)s passkeys, which is the maximum. Remove one first.", number=MOST
        )


def add(db: Transaction, viewer: Viewer, key: NewKey, label: str) -> Passkey:
    """Add a passkey to the account of *viewer*.

    Raises:
        NotAllowedError: *viewer* is a guest.
        ConflictError: The passkey is registered already, or *viewer* has `MOST` passkeys.
        InvalidInputError: The name is too long.
    """
    if viewer.person_id is None:
        raise NotAllowedError
    require_below_limit(db, viewer.person_id)
    if by_credential(db, key.credential_id) is not None:
        raise ConflictError(
            "This passkey is already registered. Sign in with it, or create another one."
        )
    passkey = Passkey(
        person_id=viewer.person_id,
        credential_id=key.credential_id,
        public_key=key.public_key,
        sign_count=key.sign_count,
        transports=list(key.transports),
        label=named(label),
    )
    db.add(passkey)
    db.flush()
    _note(db, viewer, "passkey.add", passkey)
    return passkey


def named(label: str) -> str:
    """Return the name to store for a passkey: *label* without outer spaces, or a default name.

    Raises:
        InvalidInputError: The name is longer than `LONGEST` characters.
    """
    if len(label.strip()) > LONGEST:
        raise InvalidInputError(
            "A passkey's name has at most %(number)s characters.", number=LONGEST
        )
    return label.strip() or gettext("Passkey")


def rename(db: Transaction, viewer: Viewer, passkey: Passkey, label: str) -> None:
    """Rename a passkey.

    Raises:
        InvalidInputError: The name is too long.
    """
    passkey.label = named(label)
    _note(db, viewer, "passkey.rename", passkey)


def remove(db: Transaction, viewer: Viewer, passkey: Passkey) -> None:
    """Remove a passkey from an account."""
    _note(db, viewer, "passkey.remove", passkey)
    db.delete(passkey)
    db.flush()


def note_use(db: Transaction, passkey: Passkey, sign_count: int) -> None:
    """Store the time of use of a passkey, and its signature counter."""
    passkey.sign_count, passkey.last_used_at = sign_count, now()
    db.flush()


def _note(db: Transaction, viewer: Viewer, action: str, passkey: Passkey) -> None:
    subject, detail = ("person", passkey.person_id), {"passkey": passkey.id}
    audit.record(db, viewer.person_id, action, subject, detail=detail, address=viewer.address)
