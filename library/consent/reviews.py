"""Review is the library's own gate: where it is on, others find what somebody has accepted.

Those who speak decide first (`release`); what they all released is looked at then. So
whoever reviews sees only what they will see anyway once it is accepted. `prepare` and `gated` are
called by `release.settle`, and the one predicate reads what comes of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import JSON, Select, literal, select

from library import audit
from library.access import Viewer, require_admin
from library.models import (
    Collection,
    CollectionEntry,
    MentoringSession,
    Release,
    Review,
    ReviewAct,
    ReviewEvent,
    ReviewState,
    ServiceSetting,
    Visibility,
    now,
)
from library.store import Transaction

EVERYWHERE = "review"
"""The service setting that lets every session be looked at first; it is off unless switched on."""

AT_ONCE = 500  # sessions in one statement

ALL_MEMBERS = frozenset({Visibility.MEMBERS, Visibility.PUBLIC})
BEGINS = {True: ReviewState.ACCEPTED, False: ReviewState.SUBMITTED}
"""By whether all members find a session already when its review begins to be asked for."""
UNFINISHED = frozenset({ReviewState.SUBMITTED, ReviewState.IN_REVIEW})


def is_on(db: Transaction) -> bool:
    """Whether every session is looked at before others find it."""
    on = select(ServiceSetting.name).where(
        ServiceSetting.name == EVERYWHERE, ServiceSetting.value == literal(value=True, type_=JSON)
    )
    return db.scalar(on) is not None


@dataclass(frozen=True)
class Gate:
    """Whether a session has to be accepted before others find it, and the review that it has."""

    required: bool
    review: Review | None


def required(db: Transaction, session: MentoringSession) -> bool:
    """Whether a session has to be accepted before others find it."""
    return gates(db, [session])[session.id].required


def gates(db: Transaction, sessions: Sequence[MentoringSession]) -> dict[int, Gate]:
    """Read the gates of these sessions, with as many queries as for one; by session."""
    ids, everywhere = [session.id for session in sessions], is_on(db)
    inside = (
        select(CollectionEntry.session_id)
        .join(Collection, CollectionEntry.collection_id == Collection.id)
        .where(CollectionEntry.session_id.in_(ids), Collection.reviewed)
    )
    reviewed = set(db.scalars(inside))
    rows = {review.session_id: review for review in db.scalars(_reviews_of(ids))}
    return {
        one.id: Gate(
            not one.sample and one.visibility.needs_release and (everywhere or one.id in reviewed),
            rows.get(one.id),
        )
        for one in sessions
    }


def _reviews_of(session_ids: Sequence[int]) -> Select[Review]:
    return select(Review).where(Review.session_id.in_(session_ids))


def prepare(db: Transaction, session: MentoringSession, gate: Gate) -> Gate:
    """Put a session into the queue, or out of it, as it follows from what it is now."""
    review = gate.review
    if review is not None and not session.visibility.needs_release:
        if review.state in UNFINISHED:
            db.delete(review)
            note(db, session.id, ReviewAct.WITHDRAWN)
    elif not gate.required:
        return gate
    elif review is None:
        found = session.release is Release.RELEASED and session.visibility in ALL_MEMBERS
        review = Review(session_id=session.id, state=BEGINS[found])
        db.add(review)
        note(db, session.id, ReviewAct.ACCEPTED if found else ReviewAct.SUBMITTED)
    elif review.state is ReviewState.ACCEPTED and _newest(session) > review.changed_at:
        move(review, ReviewState.SUBMITTED)  # it holds more than was looked at
        note(db, session.id, ReviewAct.SUBMITTED)
    return Gate(gate.required, review)


def gated(release: Release, gate: Gate) -> Release:
    """What release means where somebody has to look first."""
    if release is not Release.RELEASED or not gate.required:
        return release
    accepted = gate.review is not None and gate.review.state is ReviewState.ACCEPTED
    return release if accepted else Release.REVIEW


def note(
    db: Transaction,
    session_id: int,
    act: ReviewAct,
    *,
    by: int | None = None,
    to: int | None = None,
    text: str = "",
) -> None:
    """Write into a review's history; without *by*, the library did it itself."""
    db.add(ReviewEvent(session_id=session_id, person_id=by, act=act, to_id=to, text=text))
    db.flush()


def move(review: Review, state: ReviewState) -> None:
    """Let a review stand so from now on."""
    review.state, review.changed_at = state, now()


def accept_what_is_found(db: Transaction, viewer: Viewer, session_ids: Sequence[int]) -> None:
    """Count those of the sessions as accepted that others find by now: a switch hides nothing."""
    for first in range(0, len(session_ids), AT_ONCE):
        some = session_ids[first : first + AT_ONCE]
        known = {one.session_id: one for one in db.scalars(_reviews_of(some))}
        found = select(MentoringSession.id).where(
            MentoringSession.id.in_(some), MentoringSession.release == Release.RELEASED
        )
        for session_id in db.scalars(found).all():
            review = known.get(session_id) or Review(session_id=session_id)
            if review.state is not ReviewState.ACCEPTED:
                move(review, ReviewState.ACCEPTED)
                by, act = viewer.person_id, ReviewAct.ACCEPTED
                db.add_all([review, ReviewEvent(session_id=session_id, person_id=by, act=act)])
    db.flush()


def keep_switch(db: Transaction, viewer: Viewer, *, on: bool) -> bool:
    """Keep whether all sessions are looked at first; whether that is a change.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    if on is is_on(db):
        return False
    db.merge(ServiceSetting(name=EVERYWHERE, value=on))
    db.flush()
    detail = {"name": EVERYWHERE, "from": not on, "to": on}
    audit.record(db, viewer.person_id, "setting.change", detail=detail, address=viewer.address)
    return True


def _newest(session: MentoringSession) -> datetime:
    return max((s.created_at for s in session.sources), default=datetime.min.replace(tzinfo=UTC))
