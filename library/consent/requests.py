"""Consent requests: queries for missing answers, and permissions to answer.

`unanswered` is the SQL form of `release.is_waiting_for`, which tests one loaded session.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func, or_, select
from sqlalchemy.orm import selectinload

from library.access import Viewer, session_for, today, visible_sessions
from library.errors import ConflictError, NotAllowedError
from library.models import (
    ConsentAnswer,
    MentoringSession,
    Participant,
    Source,
    SpeakerConsent,
    Visibility,
)
from library.store import Transaction

SHARED = [visibility for visibility in Visibility if visibility.needs_release]


def unanswered() -> ColumnElement[bool]:
    """Return a condition on `SpeakerConsent` joined with `MentoringSession`: an answer is needed.

    The person is the owner or a participant and did not refuse. They have not answered, or their
    answer is not valid for the present visibility, embargo and sources.
    """
    takes_part = (
        select(Participant.session_id)
        .where(
            Participant.session_id == SpeakerConsent.session_id,
            Participant.person_id == SpeakerConsent.person_id,
        )
        .exists()
    )
    return and_(
        MentoringSession.visibility.in_(SHARED),
        or_(
            SpeakerConsent.state == ConsentAnswer.ASKED,
            and_(
                SpeakerConsent.state.in_([ConsentAnswer.AGREED, ConsentAnswer.WAIVED]), ~_covers()
            ),
        ),
        or_(takes_part, MentoringSession.owner_id == SpeakerConsent.person_id),
    )


def waiting_for(db: Transaction, viewer: Viewer, *, limit: int = 200) -> Sequence[MentoringSession]:
    """Return sessions that wait for the consent answer of *viewer*, newest first."""
    found = db.scalars(
        select(MentoringSession)
        .join(SpeakerConsent, SpeakerConsent.session_id == MentoringSession.id)
        .where(SpeakerConsent.person_id == viewer.person_id, unanswered(), visible_sessions(viewer))
        .order_by(MentoringSession.id.desc())
        .limit(limit)
        .options(selectinload(MentoringSession.participants).selectinload(Participant.person))
    )
    return found.all()


def is_asked(session: MentoringSession, viewer: Viewer) -> bool:
    """Return whether *viewer* is the owner or a participant of the session.

    A person whom only the transcript names may not answer.
    """
    listed = {p.person_id for p in session.participants}
    return viewer.person_id is not None and viewer.person_id in {*listed, session.owner_id}


def session_to_note(db: Transaction, viewer: Viewer, session_id: int) -> MentoringSession:
    """Return a session to which *viewer* may add a note.

    Raises:
        NotFoundError: the session does not exist, or *viewer* may not see it.
        NotAllowedError: *viewer* is neither the owner nor a participant.
    """
    session = session_for(db, viewer, session_id)
    if not is_asked(session, viewer):
        raise NotAllowedError("Only the owner and participants of this session can add a note.")
    return session


def require_asked(session: MentoringSession, viewer: Viewer) -> None:
    """Require that the session needs consent and that *viewer* may answer.

    Raises:
        NotAllowedError: *viewer* is neither the owner nor a participant.
        ConflictError: the visibility of the session no longer needs consent.
    """
    if not is_asked(session, viewer):
        raise NotAllowedError(
            "Only the owner and participants of this session can answer its consent request."
        )
    if not session.visibility.needs_release:
        raise ConflictError("This session is private now and needs no consent. Reload the page.")


def _covers() -> ColumnElement[bool]:
    """Return an SQL condition: a consent is valid for the session's present audience and sources.

    The condition compares like `release_status.holds`, but does not check the state of the answer.
    """
    newest = (
        select(func.max(Source.created_at))
        .where(Source.session_id == SpeakerConsent.session_id)
        .scalar_subquery()
    )
    first_day = func.coalesce(MentoringSession.embargo_until, today())
    return and_(
        SpeakerConsent.answered_at.is_not(None),
        SpeakerConsent.audience.is_not(None),
        _reach(MentoringSession.visibility) <= _reach(SpeakerConsent.audience),
        or_(newest.is_(None), newest <= SpeakerConsent.answered_at),
        or_(SpeakerConsent.not_before.is_(None), first_day >= SpeakerConsent.not_before),
    )


def _reach(column: SQLColumnExpression[Any]) -> ColumnElement[int]:
    return case({visibility: visibility.reach for visibility in Visibility}, value=column, else_=-1)
