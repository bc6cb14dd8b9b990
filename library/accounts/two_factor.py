"""Two-factor authentication: the second step of a sign-in, and recovery codes."""

import secrets

from sqlalchemy import select

from library import audit
from library.access import Viewer
from library.accounts.one_time_links import token_digest
from library.models import SecondFactor
from library.store import Transaction

CODES = 10  # recovery codes; each works once
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without characters that look alike


def for_person(db: Transaction, person_id: int) -> SecondFactor | None:
    """Return the second factor of a person; None if the password is sufficient."""
    return db.get(SecondFactor, person_id)


def owners(db: Transaction) -> set[int]:
    """Return the ids of all people with a second factor."""
    return set(db.scalars(select(SecondFactor.person_id)))


def enable(db: Transaction, viewer: Viewer, sealed: str, counter: int) -> list[str]:
    """Switch on the second factor of *viewer*; return the recovery codes, which are shown once.

    Args:
        db: Transaction.
        viewer: Owner of the second factor.
        sealed: Shared secret, encrypted.
        counter: Time step of the verified code (RFC 6238).
    """
    factor = db.merge(
        SecondFactor(person_id=viewer.person_id, sealed=sealed, last_counter=counter, recovery=[])
    )
    _note(db, viewer, "second-step.begin", factor.person_id)
    return renew_codes(db, factor)


def renew_codes(db: Transaction, factor: SecondFactor) -> list[str]:
    """Return new recovery codes; earlier codes stop working."""
    codes = [_code() for _ in range(CODES)]
    factor.recovery = [token_digest(_plain(code)) for code in codes]
    db.flush()
    return codes


def use_recovery_code(db: Transaction, factor: SecondFactor, typed: str) -> bool:
    """Mark the recovery code *typed* as used; return False if it is unknown or used already."""
    digest = token_digest(_plain(typed))
    if digest not in factor.recovery:
        return False
    factor.recovery = [code for code in factor.recovery if code != digest]
    db.flush()
    return True


def remove(db: Transaction, viewer: Viewer, person_id: int) -> None:
    """Remove the second factor of a person."""
    if (factor := for_person(db, person_id)) is not None:
        db.delete(factor)
        _note(db, viewer, "second-step.end", person_id)


def _code() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(16))
    return "-".join(letters[i : i + 4] for i in range(0, 16, 4))


def _plain(code: str) -> str:
    return "".join(c for c in code.lower() if c.isalnum())


def _note(db: Transaction, viewer: Viewer, action: str, person_id: int) -> None:
    subject = ("person", person_id)
    audit.record(db, viewer.person_id, action, subject, address=viewer.address)
