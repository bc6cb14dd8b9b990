"""Release links: a person without account reads one session and answers its consent request."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from library.access import Viewer, session_for
from library.accounts.one_time_links import token_digest
from library.accounts.service_settings import service
from library.consent import ledger
from library.consent.release_status import answer_of
from library.errors import InvalidInputError, NotFoundError
from library.models import MentoringSession, ReleaseLink, now
from library.store import Transaction
from library.translation import mark

GONE = mark(
    "This link has expired, was revoked, or does not exist. Ask the person who sent it for a new "
    "one."
)


def make(db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int) -> str:
    """Create a link for a participant, revoke earlier links, and return the token.

    Raises:
        InvalidInputError: the person does not take part, was not asked, or has an account.
    """
    listed = {p.person_id: p.person for p in session.participants}
    if person_id not in listed or answer_of(session, person_id) is None:
        raise InvalidInputError("Choose a participant who was asked for consent.")
    if listed[person_id].email is not None:
        raise InvalidInputError(
            "This person has an account and can answer on the page “My sessions”."
        )
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
    """Revoke a person's links to a session."""
    for link in in_use(db, session.id, person_id):
        link.revoked_at = now()
        ledger.record(db, viewer, "link-ended", session_id=session.id, person_id=person_id)


def in_use(db: Transaction, session_id: int, person_id: int | None = None) -> Sequence[ReleaseLink]:
    """Return the active links to a session, of one person or of all people."""
    query = select(ReleaseLink).where(
        ReleaseLink.session_id == session_id,
        ReleaseLink.revoked_at.is_(None),
        ReleaseLink.expires_at > now(),
    )
    if person_id is not None:
        query = query.where(ReleaseLink.person_id == person_id)
    return db.scalars(query.options(joinedload(ReleaseLink.person))).all()


def opened(db: Transaction, token: str) -> tuple[Viewer, MentoringSession, ReleaseLink]:
    """Return the viewer, the session and the link that a token belongs to.

    Access rules (`visible_sessions`) apply to the viewer as to a person with an account.

    Raises:
        NotFoundError: the link has expired, was revoked or does not exist, or its person may not
            see the session.
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
