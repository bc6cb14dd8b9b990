"""Links with which somebody without an account hears a session and answers for it."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from library.access import Viewer, session_for
from library.accounts.one_time import token_digest
from library.accounts.service import service
from library.consent import ledger
from library.consent.standings import answer_of
from library.errors import InvalidInputError, NotFoundError
from library.models import MentoringSession, ReleaseLink, now
from library.store import Transaction

GONE = "This link has ended or never was. Ask whoever sent it to you for a new one."


def make(db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int) -> str:
    """The token of a new link for somebody who takes part; their earlier ones end.

    Raises:
        InvalidInputError: they do not take part, or nobody asks them, or they have an account.
    """
    listed = {p.person_id: p.person for p in session.participants}
    if person_id not in listed or answer_of(session, person_id) is None:
        raise InvalidInputError("Links are for those who take part and are asked.")
    if listed[person_id].email is not None:
        raise InvalidInputError("They have an account, and find this among their own sessions.")
    revoke(db, viewer, session, person_id)
    token = secrets.token_urlsafe(24)
    db.add(
        ReleaseLink(
            session_id=session.id,
            person_id=person_id,
            token_hash=token_digest(token),
            made_by=viewer.person_id,
            expires_at=now() + timedelta(days=service(db).link_days),
        )
    )
    ledger.record(db, viewer, "link-made", session_id=session.id, person_id=person_id)
    return token


def revoke(db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int) -> None:
    """End the links of somebody for a session."""
    for link in in_use(db, session.id, person_id):
        link.revoked_at = now()
        ledger.record(db, viewer, "link-ended", session_id=session.id, person_id=person_id)


def in_use(db: Transaction, session_id: int, person_id: int | None = None) -> Sequence[ReleaseLink]:
    """The links to a session that work."""
    query = select(ReleaseLink).where(
        ReleaseLink.session_id == session_id,
        ReleaseLink.revoked_at.is_(None),
        ReleaseLink.expires_at > now(),
    )
    if person_id is not None:
        query = query.where(ReleaseLink.person_id == person_id)
    return db.scalars(query.options(joinedload(ReleaseLink.person))).all()


def opened(db: Transaction, token: str) -> tuple[Viewer, MentoringSession, ReleaseLink]:
    """Whom a link speaks for, and the session that it opens as far as they may see it.

    They see what they would see with an account: the one predicate decides.

    Raises:
        NotFoundError: it has ended or never was; or the session is gone or its owner's alone.
    """
    link = db.scalar(
        select(ReleaseLink).where(
            ReleaseLink.token_hash == token_digest(token),
            ReleaseLink.revoked_at.is_(None),
            ReleaseLink.expires_at > now(),
        )
    )
    if link is None:
        raise NotFoundError(GONE)
    viewer = Viewer(person_id=link.person_id)
    try:
        return viewer, session_for(db, viewer, link.session_id), link
    except NotFoundError as error:
        raise NotFoundError(GONE) from error
