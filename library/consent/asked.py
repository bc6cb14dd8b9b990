"""Who is asked to answer for which session, as a question to the database.

`unanswered` says in SQL what `release.is_waiting_for` says of one session that is loaded.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func, or_, select
from sqlalchemy.orm import selectinload

from library.access import Viewer, session_for, today, visible_sessions
from library.errors import ConflictError, NotAllowedError
from library.models import Answer, MentoringSession, Participant, Source, SpeakerRelease, Visibility
from library.store import Transaction

SHARED = [visibility for visibility in Visibility if visibility.needs_release]


def unanswered() -> ColumnElement[bool]:
    """A condition on `SpeakerRelease` joined with its `MentoringSession`: an answer is asked for.

    Somebody is asked who takes part or owns the session, who did not say no, and whose answer
    does not cover what the session is meant for now.
    """
    takes_part = (
        select(Participant.session_id)
        .where(
            Participant.session_id == SpeakerRelease.session_id,
            Participant.person_id == SpeakerRelease.person_id,
        )
        .exists()
    )
    return and_(
        MentoringSession.visibility.in_(SHARED),
        or_(
            SpeakerRelease.state == Answer.ASKED,
            and_(SpeakerRelease.state.in_([Answer.AGREED, Answer.WAIVED]), ~_covers()),
        ),
        or_(takes_part, MentoringSession.owner_id == SpeakerRelease.person_id),
    )


def waiting_for(db: Transaction, viewer: Viewer, *, limit: int = 200) -> Sequence[MentoringSession]:
    """The sessions that wait for *viewer*'s own answer, newest first."""
    found = db.scalars(
        select(MentoringSession)
        .join(SpeakerRelease, SpeakerRelease.session_id == MentoringSession.id)
        .where(SpeakerRelease.person_id == viewer.person_id, unanswered(), visible_sessions(viewer))
        .order_by(MentoringSession.id.desc())
        .limit(limit)
        .options(selectinload(MentoringSession.participants).selectinload(Participant.person))
    )
    return found.all()


def is_asked(session: MentoringSession, viewer: Viewer) -> bool:
    """Whether *viewer* is somebody whose answer counts: a name in a file makes nobody that."""
    listed = {p.person_id for p in session.participants}
    return viewer.person_id is not None and viewer.person_id in {*listed, session.owner_id}


def session_to_note(db: Transaction, viewer: Viewer, session_id: int) -> MentoringSession:
    """The session, for somebody who may add a note of their own to it.

    Raises:
        NotFoundError: there is none that *viewer* may see.
        NotAllowedError: *viewer* took no part in it.
    """
    session = session_for(db, viewer, session_id)
    if not is_asked(session, viewer):
        raise NotAllowedError("Only somebody who took part in this session can add a note.")
    return session


def require_asked(session: MentoringSession, viewer: Viewer) -> None:
    """Let through whose answer about a session that is meant for others counts.

    Raises:
        NotAllowedError: nobody asks *viewer*.
        ConflictError: the session is not meant for others any more.
    """
    if not is_asked(session, viewer):
        raise NotAllowedError("Only somebody who takes part in this session can answer this.")
    if not session.visibility.needs_release:
        raise ConflictError("This session is not meant for others any more: nobody needs to agree.")


def _covers() -> ColumnElement[bool]:
    """Whether what somebody agreed to includes what the session is now; as `standings.holds`."""
    newest = (
        select(func.max(Source.created_at))
        .where(Source.session_id == SpeakerRelease.session_id)
        .scalar_subquery()
    )
    first_day = func.coalesce(MentoringSession.embargo_until, today())
    return and_(
        SpeakerRelease.answered_at.is_not(None),
        SpeakerRelease.audience.is_not(None),
        _reach(MentoringSession.visibility) <= _reach(SpeakerRelease.audience),
        or_(newest.is_(None), newest <= SpeakerRelease.answered_at),
        or_(SpeakerRelease.not_before.is_(None), first_day >= SpeakerRelease.not_before),
    )


def _reach(column: SQLColumnExpression[Any]) -> ColumnElement[int]:
    return case({seen: seen.reach for seen in Visibility}, value=column, else_=-1)
