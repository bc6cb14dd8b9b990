"""API tokens: creation, list, revocation, and authentication of bearers."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from library.access import Viewer
from library.accounts.one_time_links import token_digest
from library.accounts.people import may_sign_in
from library.errors import NotFoundError
from library.models import ApiToken, Person, Role, Scope, now
from library.store import Library, Transaction
from library.translation import gettext


def add(
    db: Transaction,
    person_id: int,
    label: str,
    *,
    scopes: Collection[Scope] = (Scope.READ,),
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make an API token; return it with its secret, which is shown once and not stored."""
    secret = f"lh_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        person_id=person_id,
        label=label.strip() or gettext("Token"),
        token_hash=token_digest(secret),
        scopes=[scope.value for scope in Scope if scope in scopes],
        expires_at=expires_at,
    )
    db.add(token)
    db.flush()
    return token, secret


def for_person(db: Transaction, person_id: int) -> Sequence[ApiToken]:
    """Return the API tokens of a person, newest first."""
    return db.scalars(
        select(ApiToken).where(ApiToken.person_id == person_id).order_by(ApiToken.id.desc())
    ).all()


def get(db: Transaction, person_id: int, token_id: int) -> ApiToken:
    """Return an API token of a person.

    Raises:
        NotFoundError: The person does not have this token.
    """
    token = db.get(ApiToken, token_id)
    if token is None or token.person_id != person_id:
        raise NotFoundError("This API token was not found in your account. Reload the page.")
    return token


def revoke(db: Transaction, person_id: int, token_id: int) -> None:
    """Revoke an API token of a person.

    Raises:
        NotFoundError: The person does not have this token.
    """
    db.delete(get(db, person_id, token_id))


@dataclass(frozen=True)
class Bearer:
    """Owner and scopes of an API token."""

    person: Person
    scopes: frozenset[Scope]

    @property
    def viewer(self) -> Viewer:
        """`Viewer` with the rights of the token's owner.

        Without the admin scope, an administrator has only the rights of a mentor.
        """
        role = self.person.role
        if role is Role.ADMIN and Scope.ADMIN not in self.scopes:
            role = Role.MENTOR
        return Viewer(person_id=self.person.id, role=role)


def bearer(library: Library, secret: str) -> Bearer | None:
    """Return the owner and scopes of an API token, or None.

    The result is None if the token is unknown or expired, or if its owner may not sign in.

    The time of the last use is stored at most once a minute. It is not stored while another
    transaction writes, so that a read request never waits for a writer.
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
