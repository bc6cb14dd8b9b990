"""API tokens: made, listed and revoked, and whom one speaks for."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from library.access import Viewer
from library.accounts.one_time import token_digest
from library.accounts.people import may_sign_in
from library.errors import NotFoundError
from library.models import ApiToken, Person, Role, Scope, now
from library.store import Library, Transaction


def add(
    db: Transaction,
    person_id: int,
    label: str,
    *,
    scopes: Collection[Scope] = (Scope.READ,),
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """A new API token and its secret, which is shown once and kept nowhere."""
    secret = f"lh_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        person_id=person_id,
        label=label.strip() or "Token",
        token_hash=token_digest(secret),
        scopes=[scope.value for scope in Scope if scope in scopes],
        expires_at=expires_at,
    )
    db.add(token)
    db.flush()
    return token, secret


def of(db: Transaction, person_id: int) -> Sequence[ApiToken]:
    """A person's tokens, newest first."""
    return db.scalars(
        select(ApiToken).where(ApiToken.person_id == person_id).order_by(ApiToken.id.desc())
    ).all()


def get(db: Transaction, person_id: int, token_id: int) -> ApiToken:
    """A token of this person.

    Raises:
        NotFoundError: this person has no such token.
    """
    token = db.get(ApiToken, token_id)
    if token is None or token.person_id != person_id:
        raise NotFoundError("There is no such token.")
    return token


def revoke(db: Transaction, person_id: int, token_id: int) -> None:
    """End a token of this person.

    Raises:
        NotFoundError: this person has no such token.
    """
    db.delete(get(db, person_id, token_id))


@dataclass(frozen=True)
class Bearer:
    """Whom a token speaks for, and what it may be used for."""

    person: Person
    scopes: frozenset[Scope]

    @property
    def viewer(self) -> Viewer:
        """Its person; an administrator without the scope for it is a mentor among others."""
        role = self.person.role
        if role is Role.ADMIN and Scope.ADMIN not in self.scopes:
            role = Role.MENTOR
        return Viewer(person_id=self.person.id, role=role)


def bearer(library: Library, secret: str) -> Bearer | None:
    """Return whom a bearer token speaks for; None if unknown, expired, or its owner inactive.

    The time of the last use is kept to the minute, and left out while another transaction writes:
    a call that reads never waits for a writer.
    """
    with library.reading() as db:
        token = db.scalar(select(ApiToken).where(ApiToken.token_hash == token_digest(secret)))
        if token is None or (token.expires_at is not None and token.expires_at < now()):
            return None
        if not may_sign_in(token.person):
            return None
        found = Bearer(token.person, frozenset(Scope(scope) for scope in token.scopes))
    if token.last_used_at is None or token.last_used_at < now() - timedelta(minutes=1):
        used = update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=now())
        library.write_if_free(lambda db: db.execute(used))
    return found
