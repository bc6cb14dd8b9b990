"""Active credentials other than passwords: list and revocation by administrators."""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import or_, select

from library import audit
from library.access import Viewer, require_admin
from library.accounts import people, sign_ins
from library.consent import ledger
from library.errors import NotFoundError
from library.models import ApiToken, OneTimeLink, Passkey, ReleaseLink, SignIn, now
from library.store import Transaction
from library.translation import gettext

Kept = TypeVar("Kept", OneTimeLink, ReleaseLink, ApiToken, Passkey, SignIn)


class CredentialKind(enum.StrEnum):
    """Kind of a credential: one-time link, release link, API token, passkey or sign-in."""

    LINK = "link"  # sets a password
    RELEASE = "release"  # opens one session and answers its consent request
    TOKEN = "token"  # noqa: S105 (a kind; a token acts for its owner)
    PASSKEY = "passkey"  # signs its owner in
    SIGN_IN = "sign-in"  # a browser that is signed in


@dataclass(frozen=True, kw_only=True)
class Credential:
    """Active link, token, passkey or sign-in, without its secret."""

    kind: CredentialKind
    id: int
    person: str  # name of the holder; empty for the first set-up link
    about: str  # label, purpose, session or browser
    made_at: datetime | None
    ends_at: datetime | None
    last_used_at: datetime | None = None


def listed(db: Transaction, viewer: Viewer) -> list[Credential]:
    """Return all active credentials, in the order in which they expire.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    found = [*_links(db), *_release_links(db), *_tokens(db), *_passkeys(db), *_sign_ins(db)]
    return sorted(found, key=lambda o: (o.ends_at is None, o.ends_at or now(), o.id))


def revoke(db: Transaction, viewer: Viewer, kind: CredentialKind, number: int) -> None:
    """Revoke the credential of *kind* with the id *number*, of any person.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: the credential does not exist.
    """
    require_admin(viewer)
    kinds: dict[CredentialKind, type[OneTimeLink | ReleaseLink | ApiToken | Passkey | SignIn]] = {
        CredentialKind.LINK: OneTimeLink,
        CredentialKind.RELEASE: ReleaseLink,
        CredentialKind.TOKEN: ApiToken,
        CredentialKind.PASSKEY: Passkey,
        CredentialKind.SIGN_IN: SignIn,
    }
    found = db.get(kinds[kind], number)
    if found is None:
        raise NotFoundError(
            "This link or token has expired or was revoked already. You do not need to do anything."
        )
    if isinstance(found, ReleaseLink):
        found.revoked_at = found.revoked_at or now()
        ledger.record(
            db, viewer, "link-ended", session_id=found.session_id, person_id=found.person_id
        )
    elif isinstance(found, SignIn):
        sign_ins.end(db, found)
    else:
        db.delete(found)
    audit.record(
        db, viewer.person_id, f"{kind.value}.revoke", (kind.value, number), address=viewer.address
    )


def _links(db: Transaction) -> list[Credential]:
    rows = db.scalars(
        select(OneTimeLink).where(OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now())
    ).all()
    return _credentials(db, CredentialKind.LINK, rows, lambda row: row.purpose.partition(":")[0])


def _release_links(db: Transaction) -> list[Credential]:
    rows = db.scalars(
        select(ReleaseLink).where(ReleaseLink.revoked_at.is_(None), ReleaseLink.expires_at > now())
    ).all()
    return _credentials(
        db,
        CredentialKind.RELEASE,
        rows,
        lambda row: gettext("session %(number)s", number=row.session_id),
    )


def _tokens(db: Transaction) -> list[Credential]:
    rows = db.scalars(
        select(ApiToken).where(or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now()))
    ).all()
    return _credentials(db, CredentialKind.TOKEN, rows, lambda row: row.label)


def _passkeys(db: Transaction) -> list[Credential]:
    rows = db.scalars(select(Passkey)).all()
    return _credentials(db, CredentialKind.PASSKEY, rows, lambda row: row.label)


def _sign_ins(db: Transaction) -> list[Credential]:
    return _credentials(db, CredentialKind.SIGN_IN, sign_ins.alive(db), lambda row: row.browser)


def _credentials(
    db: Transaction, kind: CredentialKind, rows: Sequence[Kept], about: Callable[[Kept], str]
) -> list[Credential]:
    names = people.names(db, [row.person_id for row in rows])
    return [
        Credential(
            kind=kind,
            id=row.id,
            person=names.get(row.person_id or 0, ""),
            about=about(row),
            made_at=row.created_at,
            ends_at=getattr(row, "expires_at", getattr(row, "ends_at", None)),
            last_used_at=getattr(row, "last_used_at", None),
        )
        for row in rows
    ]
