"""Review queue, filtered by state, reviewer and collection."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import selectinload

from library.access import Viewer, curated_sessions, visible_sessions
from library.curation.review import GUIDES
from library.models import CollectionEntry, MentoringSession, Participant, Review, ReviewState
from library.store import Transaction


@dataclass(frozen=True, kw_only=True)
class ReviewFilter:
    """Filter of the review queue. Empty fields do not restrict the result."""

    state: ReviewState | None = None
    mine: bool = False  # only reviews that are assigned to the viewer
    collection_id: int | None = None


def queue(
    db: Transaction,
    viewer: Viewer,
    wanted: ReviewFilter,
    *,
    limit: int,
    before_id: int | None = None,
) -> Sequence[tuple[MentoringSession, Review]]:
    """Return sessions that match the filter and that *viewer* may review, newest first.

    For the next page, pass the last session id of this page as *before_id*.
    """
    query = (
        select(MentoringSession, Review)
        .join(Review, Review.session_id == MentoringSession.id)
        .where(_to_judge(viewer), _narrowed(viewer, wanted))
        .order_by(MentoringSession.id.desc())
        .limit(limit)
        .options(
            selectinload(MentoringSession.participants).selectinload(Participant.person),
            selectinload(Review.reviewer),
        )
    )
    if before_id is not None:
        query = query.where(MentoringSession.id < before_id)
    return [(row[0], row[1]) for row in db.execute(query)]


def counts(db: Transaction, viewer: Viewer, wanted: ReviewFilter) -> dict[ReviewState, int]:
    """Return the number of sessions in the queue by state. `wanted.state` has no effect."""
    narrowed = ReviewFilter(mine=wanted.mine, collection_id=wanted.collection_id)
    rows = db.execute(
        select(Review.state, func.count())
        .join(MentoringSession, MentoringSession.id == Review.session_id)
        .where(_to_judge(viewer), _narrowed(viewer, narrowed))
        .group_by(Review.state)
    )
    return {ReviewState(row[0]): row[1] for row in rows}


def asked_of(db: Transaction, viewer: Viewer) -> Sequence[MentoringSession]:
    """Return sessions whose review asks for changes, and that *viewer* owns or mentors.

    Mentors and facilitators of a session mentor it. The oldest request is first.
    """
    guided = select(Participant.session_id).where(
        Participant.person_id == viewer.person_id, Participant.part.in_(GUIDES)
    )
    return db.scalars(
        select(MentoringSession)
        .join(Review, Review.session_id == MentoringSession.id)
        .where(
            visible_sessions(viewer),
            Review.state == ReviewState.NEEDS_WORK,
            or_(MentoringSession.owner_id == viewer.person_id, MentoringSession.id.in_(guided)),
        )
        .order_by(Review.changed_at)
    ).all()


def _to_judge(viewer: Viewer) -> ColumnElement[bool]:
    """Return an SQL condition: *viewer* may see and review the session."""
    if viewer.is_admin:
        return visible_sessions(viewer)
    return (
        visible_sessions(viewer)
        & or_(MentoringSession.owner_id.is_(None), MentoringSession.owner_id != viewer.person_id)
        & or_(
            Review.reviewer_id == viewer.person_id,
            MentoringSession.id.in_(curated_sessions(viewer)),
        )
    )


def _narrowed(viewer: Viewer, wanted: ReviewFilter) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = true()
    if wanted.state is not None:
        condition &= Review.state == wanted.state
    if wanted.mine:
        condition &= Review.reviewer_id == viewer.person_id
    if wanted.collection_id is not None:
        inside = select(CollectionEntry.session_id).where(
            CollectionEntry.collection_id == wanted.collection_id
        )
        condition &= MentoringSession.id.in_(inside)
    return condition
