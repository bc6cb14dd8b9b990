"""One-time links: an address that opens one thing once, and only for a while."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from library.errors import NotFoundError
from library.models import OneTimeLink, now
from library.store import Transaction


def token_digest(token: str) -> str:
    """How a token is kept: its SHA-256, so that a stolen database opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def offer_link(
    db: Transaction, purpose: str, *, hours: float = 24, person_id: int | None = None
) -> str:
    """A new one-time link's token; earlier unused ones of the same purpose stop working."""
    for old in db.scalars(
        select(OneTimeLink).where(OneTimeLink.purpose == purpose, OneTimeLink.used_at.is_(None))
    ):
        db.delete(old)
    token = secrets.token_urlsafe(24)
    db.add(
        OneTimeLink(
            purpose=purpose,
            person_id=person_id,
            token_hash=token_digest(token),
            expires_at=now() + timedelta(hours=hours),
        )
    )
    return token


def end_links(db: Transaction, person_id: int) -> None:
    """Let no link work any more with which this person could have come in."""
    db.execute(
        delete(OneTimeLink).where(OneTimeLink.person_id == person_id, OneTimeLink.used_at.is_(None))
    )


def open_link(db: Transaction, purpose: str, token: str) -> OneTimeLink:
    """The link behind *token*, unused and in time.

    Raises:
        NotFoundError: it was used, is too old, or never was.
    """
    link = db.scalar(
        select(OneTimeLink).where(
            OneTimeLink.purpose == purpose, OneTimeLink.token_hash == token_digest(token)
        )
    )
    if link is None or link.used_at is not None or link.expires_at < now():
        raise NotFoundError("This link was used already or is too old. Ask for a new one.")
    return link
