"""Freshness of sessions: review date passed, or superseded by another session."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from library import audit
from library.access import Viewer, may_edit, session_for, today, visible_sessions
from library.curation import review
from library.errors import ConflictError, NotAllowedError
from library.models import MentoringSession, Replacement
from library.store import Transaction


@dataclass(frozen=True, kw_only=True)
class StaleReason:
    """Reason why a session may be outdated: its review date, or the session that replaced it."""

    since: date | None  # review date, if it has passed
    by_id: int | None  # id of the session that replaced this one, if the viewer may see it
    by_title: str


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """Freshness of a session: review date and replacement."""

    review_by: date | None  # None until it has passed, for viewers who may not change it
    by_id: int | None  # id of the session that replaced this one, if the viewer may see it
    due: bool


def current(db: Transaction, viewer: Viewer, session_id: int) -> Freshness:
    """Return the review date of a session and the session that replaced it.

    Raises:
        NotFoundError: *viewer* may not see the session.
    """
    session = session_for(db, viewer, session_id)
    mark = marks(db, viewer, [session_id]).get(session_id)
    due = mark is not None and mark.since is not None
    return Freshness(
        review_by=session.review_by if due or _may_keep(db, viewer, session) else None,
        by_id=mark.by_id if mark else None,
        due=due,
    )


def marks(db: Transaction, viewer: Viewer, session_ids: Iterable[int]) -> dict[int, StaleReason]:
    """Return the reasons why sessions may be outdated, by session id."""
    ids = set(session_ids)
    overdue = db.execute(
        select(MentoringSession.id, MentoringSession.review_by).where(
            MentoringSession.id.in_(ids),
            MentoringSession.review_by <= today(),
            visible_sessions(viewer),
        )
    )
    days = {row[0]: row[1] for row in overdue}
    replaced = db.execute(
        select(Replacement.session_id, MentoringSession.id, MentoringSession.title)
        .join(MentoringSession, MentoringSession.id == Replacement.by_id)
        .where(Replacement.session_id.in_(ids), visible_sessions(viewer))
    )
    others = {row[0]: (row[1], row[2]) for row in replaced}
    return {
        i: StaleReason(
            since=days.get(i),
            by_id=others[i][0] if i in others else None,
            by_title=others[i][1] if i in others else "",
        )
        for i in days.keys() | others.keys()
    }


def update(
    db: Transaction, viewer: Viewer, session_id: int, *, review_by: date | None, by_id: int | None
) -> None:
    """Set the review date of a session and the session that replaces it.

    Raises:
        NotFoundError: *viewer* may not see one of the two sessions.
        NotAllowedError: *viewer* may neither edit nor review the session.
        ConflictError: the session would replace itself, directly or through others.
    """
    session = session_for(db, viewer, session_id)
    if not _may_keep(db, viewer, session):
        raise NotAllowedError
    session.review_by = review_by
    found = db.get(Replacement, session_id)
    if by_id is None:
        if found is not None:
            db.delete(found)
    else:
        session_for(db, viewer, by_id)
        _require_no_circle(db, session_id, by_id)
        db.merge(Replacement(session_id=session_id, by_id=by_id, since=today()))
    db.flush()
    detail = {"review_by": review_by.isoformat() if review_by else None, "replaced_by": by_id}
    subject = ("session", session_id)
    audit.record(
        db, viewer.person_id, "session.keep-current", subject, detail=detail, address=viewer.address
    )


def _may_keep(db: Transaction, viewer: Viewer, session: MentoringSession) -> bool:
    return may_edit(viewer, session) or review.may_review(db, viewer, session)


def _require_no_circle(db: Transaction, session_id: int, by_id: int) -> None:
    visited: set[int] = set()
    at: int | None = by_id
    while at is not None and at not in visited:
        if at == session_id:
            raise ConflictError(
                "A session cannot replace itself, directly or through other sessions."
            )
        visited.add(at)
        following = db.get(Replacement, at)
        at = following.by_id if following else None
