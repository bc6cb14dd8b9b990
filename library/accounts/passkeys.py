"""Passkeys (WebAuthn): whose they are, and when each was last used."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from library import audit
from library.access import Viewer
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.models import Passkey, Person, now
from library.store import Transaction

MOST = 20  # of one person
LONGEST = 100  # characters of a name


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """The public half of a key, as its device has shown it."""

    credential_id: str  # base64url
    public_key: bytes  # COSE (RFC 9052)
    sign_count: int
    transports: Sequence[str] = ()


def handle(person: Person) -> bytes:
    """What an account is called on a device: 32 bytes that say nothing about the person.

    They are those of no other library on the same host, or a device would let a new key replace
    the other library's (WebAuthn Level 3, section 5.4.3).
    """
    return hashlib.sha256(f"passkey {person.id} {person.created_at.isoformat()}".encode()).digest()


def of(db: Transaction, person_id: int) -> Sequence[Passkey]:
    """A person's passkeys, newest first."""
    return db.scalars(
        select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id.desc())
    ).all()


def get(db: Transaction, person_id: int, passkey_id: int) -> Passkey:
    """One of a person's passkeys.

    Raises:
        NotFoundError: this person has no such passkey.
    """
    passkey = db.get(Passkey, passkey_id)
    if passkey is None or passkey.person_id != person_id:
        raise NotFoundError("You have no such passkey.")
    return passkey


def by_credential(db: Transaction, credential_id: str) -> Passkey | None:
    """The passkey that a device calls so (base64url)."""
    return db.scalar(select(Passkey).where(Passkey.credential_id == credential_id))


def require_room(db: Transaction, person_id: int) -> None:
    """Let through whoever may have one more.

    Raises:
        ConflictError: there are as many as one person may have.
    """
    count = select(func.count()).where(Passkey.person_id == person_id)
    if (db.scalar(count) or 0) >= MOST:
        raise ConflictError(f"You have {MOST} passkeys, which is the most. Remove one first.")


def add(db: Transaction, viewer: Viewer, key: NewKey, label: str) -> Passkey:
    """Let a key sign *viewer* in from now on.

    Raises:
        NotAllowedError: *viewer* is nobody who has an account.
        ConflictError: the key is known already, or there are as many as one person may have.
        InvalidInputError: its name is too long.
    """
    if viewer.person_id is None:
        raise NotAllowedError
    require_room(db, viewer.person_id)
    if by_credential(db, key.credential_id) is not None:
        raise ConflictError(
            "This passkey is in use here already. Sign in with it, or make another."
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
    """A name as it is kept.

    Raises:
        InvalidInputError: it is too long.
    """
    if len(label.strip()) > LONGEST:
        raise InvalidInputError(f"A passkey's name has at most {LONGEST} characters.")
    return label.strip() or "Passkey"


def rename(db: Transaction, viewer: Viewer, passkey: Passkey, label: str) -> None:
    """Call a passkey something else.

    Raises:
        InvalidInputError: the name is too long.
    """
    passkey.label = named(label)
    _note(db, viewer, "passkey.rename", passkey)


def remove(db: Transaction, viewer: Viewer, passkey: Passkey) -> None:
    """Let a passkey sign nobody in any more."""
    _note(db, viewer, "passkey.remove", passkey)
    db.delete(passkey)
    db.flush()


def note_use(db: Transaction, passkey: Passkey, sign_count: int) -> None:
    """Keep when a passkey was used, and how often it says that it was."""
    passkey.sign_count, passkey.last_used_at = sign_count, now()
    db.flush()


def _note(db: Transaction, viewer: Viewer, action: str, passkey: Passkey) -> None:
    subject, detail = ("person", passkey.person_id), {"passkey": passkey.id}
    audit.record(db, viewer.person_id, action, subject, detail=detail, address=viewer.address)
