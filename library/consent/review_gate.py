"""Review gate: if review is required, others find only accepted sessions.

Speakers decide first (`release`). A session is reviewed after all of them have agreed. So reviewers
see only sessions that they may also see after the acceptance. `release.refresh` calls `prepare` and
`gated`. `visible_sessions` reads the resulting release.
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
"""Name of the service setting that requires a review of every session; off by default."""

AT_ONCE = 500  # sessions in one SQL statement

ALL_MEMBERS = frozenset({Visibility.MEMBERS, Visibility.PUBLIC})
BEGINS = {True: ReviewState.ACCEPTED, False: ReviewState.SUBMITTED}
"""Initial state of a review. Key: whether all members can find the session already."""
UNFINISHED = frozenset({ReviewState.SUBMITTED, ReviewState.IN_REVIEW})


def is_on(db: Transaction) -> bool:
    """Return whether the library requires a review of every session."""
    on = select(ServiceSetting.name).where(
        ServiceSetting.name == EVERYWHERE, ServiceSetting.value == literal(value=True, type_=JSON)
    )
    return db.scalar(on) is not None


@dataclass(frozen=True)
class Gate:
    """Review requirement of a session, with its review if there is one."""

    required: bool
    review: Review | None


def required(db: Transaction, session: MentoringSession) -> bool:
    """Return whether a session must be accepted in a review before others find it."""
    return gates(db, [session])[session.id].required


def gates(db: Transaction, sessions: Sequence[MentoringSession]) -> dict[int, Gate]:
    """Return the review requirement of each session, by session id.

    The number of queries does not depend on the number of sessions.
    """
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
    """Submit a session for review, or withdraw it from review, if needed. Return its new gate.

    A session that all members can find already is accepted at once. An accepted session with a new
    source is submitted again.
    """
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
        move(review, ReviewState.SUBMITTED)  # a source was added after the review
        note(db, session.id, ReviewAct.SUBMITTED)
    return Gate(gate.required, review)


def gated(release: Release, gate: Gate) -> Release:
    """Return the release of a session after its review.

    Where a required review is missing or not accepted, RELEASED becomes REVIEW.
    """
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
    """Add an event to the history of a review.

    *by* is the id of the person who acted; None if the program acted. *to* is the id of the
    reviewer to whom the session was assigned.
    """
    db.add(ReviewEvent(session_id=session_id, person_id=by, act=act, to_id=to, text=text))
    db.flush()


def move(review: Review, state: ReviewState) -> None:
    """Set the state of a review and its time of change."""
    review.state, review.changed_at = state, now()


def accept_what_is_found(db: Transaction, viewer: Viewer, session_ids: Sequence[int]) -> None:
    """Accept the sessions in *session_ids* that are already released, without a review.

    So no session is hidden when an administrator switches review on.
    """
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
    """Switch the review of all sessions on or off. Return whether this changed the setting.

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
