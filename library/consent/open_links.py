"""Credentials other than a password: links, tokens, passkeys, sign-ins; listed and ended."""

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

Kept = TypeVar("Kept", OneTimeLink, ReleaseLink, ApiToken, Passkey, SignIn)


class Door(enum.StrEnum):
    """The kinds of what opens a door."""

    LINK = "link"  # sets a password
    RELEASE = "release"  # hears and releases one session
    TOKEN = "token"  # noqa: S105 (a word; it speaks for its owner)
    PASSKEY = "passkey"  # signs its owner in
    SIGN_IN = "sign-in"  # a browser that is signed in


@dataclass(frozen=True, kw_only=True)
class Opener:
    """A link, token, passkey or sign-in that works; its secret is kept nowhere."""

    door: Door
    id: int
    person: str  # whom it lets in; empty: whoever becomes the first administrator
    about: str  # its label, its purpose, the session, or the browser
    made_at: datetime | None
    ends_at: datetime | None
    last_used_at: datetime | None = None


def listed(db: Transaction, viewer: Viewer) -> list[Opener]:
    """All that work now, those first that end first.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    found = [*_links(db), *_release_links(db), *_tokens(db), *_passkeys(db), *_sign_ins(db)]
    return sorted(found, key=lambda o: (o.ends_at is None, o.ends_at or now(), o.id))


def revoke(db: Transaction, viewer: Viewer, door: Door, number: int) -> None:
    """End a link, a token, a passkey or a sign-in, whosever it is.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: it has ended or never was.
    """
    require_admin(viewer)
    kinds: dict[Door, type[OneTimeLink | ReleaseLink | ApiToken | Passkey | SignIn]] = {
        Door.LINK: OneTimeLink,
        Door.RELEASE: ReleaseLink,
        Door.TOKEN: ApiToken,
        Door.PASSKEY: Passkey,
        Door.SIGN_IN: SignIn,
    }
    found = db.get(kinds[door], number)
    if found is None:
        raise NotFoundError("This has ended already.")
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
        db, viewer.person_id, f"{door.value}.revoke", (door.value, number), address=viewer.address
    )


def _links(db: Transaction) -> list[Opener]:
    rows = db.scalars(
        select(OneTimeLink).where(OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now())
    ).all()
    return _openers(db, Door.LINK, rows, lambda row: row.purpose.partition(":")[0])


def _release_links(db: Transaction) -> list[Opener]:
    rows = db.scalars(
        select(ReleaseLink).where(ReleaseLink.revoked_at.is_(None), ReleaseLink.expires_at > now())
    ).all()
    return _openers(db, Door.RELEASE, rows, lambda row: f"session {row.session_id}")


def _tokens(db: Transaction) -> list[Opener]:
    rows = db.scalars(
        select(ApiToken).where(or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now()))
    ).all()
    return _openers(db, Door.TOKEN, rows, lambda row: row.label)


def _passkeys(db: Transaction) -> list[Opener]:
    rows = db.scalars(select(Passkey)).all()
    return _openers(db, Door.PASSKEY, rows, lambda row: row.label)


def _sign_ins(db: Transaction) -> list[Opener]:
    return _openers(db, Door.SIGN_IN, sign_ins.alive(db), lambda row: row.browser)


def _openers(
    db: Transaction, door: Door, rows: Sequence[Kept], about: Callable[[Kept], str]
) -> list[Opener]:
    names = people.names(db, [row.person_id for row in rows])
    return [
        Opener(
            door=door,
            id=row.id,
            person=names.get(row.person_id or 0, ""),
            about=about(row),
            made_at=row.created_at,
            ends_at=getattr(row, "expires_at", getattr(row, "ends_at", None)),
            last_used_at=getattr(row, "last_used_at", None),
        )
        for row in rows
    ]
