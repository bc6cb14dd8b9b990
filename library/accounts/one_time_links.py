"""One-time links: URLs with a token that works once and expires."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from library.errors import NotFoundError
from library.models import OneTimeLink, now
from library.store import Transaction


def token_digest(token: str) -> str:
    """Return the SHA-256 of a token, for the database.

    The token itself is not stored. So a stolen copy of the database grants no access.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def offer_link(
    db: Transaction, purpose: str, *, hours: float = 24, person_id: int | None = None
) -> str:
    """Make a link that is valid for *hours*; return its token.

    *purpose* says what the link is for, such as the invitation of one person. Earlier unused links
    of the same purpose are deleted.
    """
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
    """Delete all unused one-time links of a person."""
    db.execute(
        delete(OneTimeLink).where(OneTimeLink.person_id == person_id, OneTimeLink.used_at.is_(None))
    )


def open_link(db: Transaction, purpose: str, token: str) -> OneTimeLink:
    """Return the link of *token*, if it is unused and not expired.

    Raises:
        NotFoundError: The link was used, has expired, or does not exist.
    """
    link = db.scalar(
        select(OneTimeLink).where(
            OneTimeLink.purpose == purpose, OneTimeLink.token_hash == token_digest(token)
        )
    )
    if link is None or link.used_at is not None or link.expires_at < now():
        raise NotFoundError("This link was already used or has expired. Ask for a new one.")
    return link
