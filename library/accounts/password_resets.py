"""Password resets by a one-time link that is sent to the e-mail address of the account."""

from datetime import timedelta

from sqlalchemy import select

from library import audit
from library.accounts import one_time_links, people
from library.errors import NotFoundError
from library.models import OneTimeLink, Person, now
from library.store import Transaction
from library.translation import mark

WORKS_FOR = 2.0  # hours
PAUSE = timedelta(minutes=5)  # time between two e-mails, so that a mailbox is not flooded
GONE = mark("This link was already used or has expired. Ask for a new one.")


def offer(db: Transaction, email: str) -> tuple[Person, str] | None:
    """Return the owner of the account with this e-mail address, and the token of a reset link.

    The result is None if no active account has this address, or if the last link is less than
    `PAUSE` old.
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
    token = one_time_links.offer_link(db, _purpose(person.id), hours=WORKS_FOR, person_id=person.id)
    return person, token


def opened(db: Transaction, person_id: int, token: str) -> tuple[Person, OneTimeLink]:
    """Check a reset link. Return the person whose password it resets, and the link.

    Raises:
        NotFoundError: The link was used, has expired or does not exist, or the account is closed.
    """
    link = one_time_links.open_link(db, _purpose(person_id), token)
    person = people.get(db, person_id)
    if not people.may_sign_in(person):
        raise NotFoundError(GONE)
    return person, link


def finish(
    db: Transaction, person_id: int, token: str, password_hash: str, *, address: str
) -> Person:
    """Set the password with a reset link; end all sign-ins and other one-time links.

    Raises:
        NotFoundError: The link is not valid any more.
    """
    person, link = opened(db, person_id, token)
    link.used_at = now()
    people.set_password(db, person, password_hash)
    one_time_links.end_links(db, person.id)
    audit.record(db, person.id, "password.reset", ("person", person.id), address=address)
    return person


def _purpose(person_id: int) -> str:
    return f"reset:{person_id}"
