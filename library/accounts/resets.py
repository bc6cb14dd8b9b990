"""A new password for whoever lost theirs, by a link to the address of the account."""

from datetime import timedelta

from sqlalchemy import select

from library import audit
from library.accounts import one_time, people
from library.errors import NotFoundError
from library.models import OneTimeLink, Person, now
from library.store import Transaction

WORKS_FOR = 2.0  # hours
PAUSE = timedelta(minutes=5)  # between two letters, so that nobody's mailbox is flooded
GONE = "This link was used already or is too old. Ask for a new one."


def offer(db: Transaction, email: str) -> tuple[Person, str] | None:
    """Whose password it is about, and the token of their link.

    None where no letter is due: nobody signs in with this address, or one was just written.
    """
    person = people.by_email(db, email)
    if person is None or not people.may_sign_in(person):
        return None
    recent = select(OneTimeLink.id).where(
        OneTimeLink.purpose == _purpose(person.id),
        OneTimeLink.used_at.is_(None),
        OneTimeLink.created_at > now() - PAUSE,
    )
    if db.scalar(recent.limit(1)) is not None:
        return None
    token = one_time.offer_link(db, _purpose(person.id), hours=WORKS_FOR, person_id=person.id)
    return person, token


def opened(db: Transaction, person_id: int, token: str) -> tuple[Person, OneTimeLink]:
    """Whose password a link sets, and the link.

    Raises:
        NotFoundError: it was used, is too old, never was, or its account is closed.
    """
    link = one_time.open_link(db, _purpose(person_id), token)
    person = people.get(db, person_id)
    if not people.may_sign_in(person):
        raise NotFoundError(GONE)
    return person, link


def finish(
    db: Transaction, person_id: int, token: str, password_hash: str, *, address: str
) -> Person:
    """Set the password: every sign-in of the account ends, and so does every other link to it.

    Raises:
        NotFoundError: the link does not work any more.
    """
    person, link = opened(db, person_id, token)
    link.used_at = now()
    people.set_password(db, person, password_hash)
    one_time.end_links(db, person.id)
    audit.record(db, person.id, "password.reset", ("person", person.id), address=address)
    return person


def _purpose(person_id: int) -> str:
    return f"reset:{person_id}"
