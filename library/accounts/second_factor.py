"""The second step of a sign-in: whose it is, and codes for when the phone is lost."""

import secrets

from sqlalchemy import select

from library import audit
from library.access import Viewer
from library.accounts.one_time import token_digest
from library.models import SecondFactor
from library.store import Transaction

CODES = 10  # for when the phone is lost; each works once
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another


def of(db: Transaction, person_id: int) -> SecondFactor | None:
    """Somebody's second step; None: their password is enough."""
    return db.get(SecondFactor, person_id)


def owners(db: Transaction) -> set[int]:
    """The ids of all who have one."""
    return set(db.scalars(select(SecondFactor.person_id)))


def keep(db: Transaction, viewer: Viewer, sealed: str, counter: int) -> list[str]:
    """Ask *viewer* for a code from now on; their codes for when the phone is lost, shown once.

    Args:
        db: where to.
        viewer: whose second step it is.
        sealed: the shared secret, encrypted.
        counter: the period of the code that they have shown (RFC 6238).
    """
    factor = db.merge(
        SecondFactor(person_id=viewer.person_id, sealed=sealed, last_counter=counter, recovery=[])
    )
    _note(db, viewer, "second-step.begin", factor.person_id)
    return renew_codes(db, factor)


def renew_codes(db: Transaction, factor: SecondFactor) -> list[str]:
    """New codes for when the phone is lost; earlier ones stop working."""
    codes = [_code() for _ in range(CODES)]
    factor.recovery = [token_digest(_plain(code)) for code in codes]
    db.flush()
    return codes


def spend_code(db: Transaction, factor: SecondFactor, typed: str) -> bool:
    """Whether *typed* is one of the unused codes; it works no more then."""
    digest = token_digest(_plain(typed))
    if digest not in factor.recovery:
        return False
    factor.recovery = [kept for kept in factor.recovery if kept != digest]
    db.flush()
    return True


def remove(db: Transaction, viewer: Viewer, person_id: int) -> None:
    """Let the password be enough again."""
    if (factor := of(db, person_id)) is not None:
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
