"""Sign-ins: one row for each signed-in browser. The server can end each of them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import joinedload

from library.accounts.one_time_links import token_digest
from library.errors import NotFoundError
from library.models import SignIn, SignInWay, now
from library.settings import Settings
from library.store import Library, Transaction

NOTED_EVERY = timedelta(hours=1)  # accuracy of the time of the last use
KEPT_FOR = timedelta(days=30)  # how long ended sign-ins are stored, for personal data downloads


@dataclass(frozen=True, kw_only=True)
class Start:
    """Data of a new sign-in: authentication method, browser and network address.

    `remembered` is True if the browser stays signed in.
    """

    way: SignInWay
    remembered: bool = False
    browser: str = ""
    address: str = ""  # network address


def begin(db: Transaction, settings: Settings, person_id: int, start: Start) -> str:
    """Start a sign-in; return the token for the cookie. Only its SHA-256 is stored."""
    token = secrets.token_urlsafe(32)
    latest = now() + timedelta(days=settings.sign_in_days)
    row = SignIn(
        person_id=person_id,
        token_hash=token_digest(token),
        way=start.way,
        remembered=start.remembered,
        browser=start.browser[:80],
        address=start.address[:60],
        ends_at=latest,
        latest_end_at=latest,
    )
    if not start.remembered:
        row.ends_at = min(latest, now() + timedelta(days=settings.sign_in_idle_days))
    db.add(row)
    db.flush()
    return token


def by_token(db: Transaction, token: str) -> SignIn | None:
    """Return the sign-in of a cookie, with its person; None if it has ended or does not exist."""
    query = select(SignIn).where(SignIn.token_hash == token_digest(token), *_alive())
    return db.scalar(query.options(joinedload(SignIn.person)))


def note_use(library: Library, row: SignIn) -> None:
    """Store the present time as the last use of a sign-in, at most once an hour.

    Nothing is stored while another transaction writes.
    """
    moment = now()
    if moment - row.last_used_at < NOTED_EVERY:
        return
    ends = row.latest_end_at
    if not row.remembered:
        ends = min(ends, moment + timedelta(days=library.settings.sign_in_idle_days))
    change = update(SignIn).where(SignIn.id == row.id, SignIn.ended_at.is_(None))
    change = change.values(last_used_at=moment, ends_at=ends)
    library.write_if_free(lambda db: db.execute(change))


def for_person(db: Transaction, person_id: int) -> Sequence[SignIn]:
    """List the sign-ins of a person that have not ended, most recently used first."""
    query = select(SignIn).where(SignIn.person_id == person_id, *_alive())
    return db.scalars(query.order_by(SignIn.last_used_at.desc(), SignIn.id.desc())).all()


def alive(db: Transaction) -> Sequence[SignIn]:
    """List every sign-in that has not ended."""
    return db.scalars(select(SignIn).where(*_alive())).all()


def get(db: Transaction, person_id: int, sign_in_id: int) -> SignIn:
    """Return a sign-in of this person.

    Raises:
        NotFoundError: The sign-in has ended, or belongs to another person.
    """
    query = select(SignIn).where(SignIn.id == sign_in_id, SignIn.person_id == person_id, *_alive())
    if (row := db.scalar(query)) is None:
        raise NotFoundError("This sign-in has ended already. You do not need to do anything.")
    return row


def end(db: Transaction, row: SignIn) -> None:
    """End a sign-in. All copies of its cookie become invalid."""
    row.ended_at = now()
    db.flush()


def end_token(db: Transaction, token: str) -> None:
    """End the sign-in of a cookie, if it has not ended."""
    if (row := by_token(db, token)) is not None:
        end(db, row)


def end_all(db: Transaction, person_id: int, *, but: int | None = None) -> None:
    """End all sign-ins of a person except the sign-in with the id *but*."""
    theirs = update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    if but is not None:
        theirs = theirs.where(SignIn.id != but)
    db.execute(theirs.values(ended_at=now()))


def remove_old(db: Transaction) -> int:
    """Delete sign-ins that ended more than `KEPT_FOR` ago; return the number."""
    long_ago = now() - KEPT_FOR
    old = delete(SignIn).where((SignIn.ends_at < long_ago) | (SignIn.ended_at < long_ago))
    return len(db.scalars(old.returning(SignIn.id)).all())


def _alive() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return SignIn.ended_at.is_(None), SignIn.ends_at > now()
