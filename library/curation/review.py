"""Review of a session: reviewers, requested changes and comments."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from library import audit
from library.access import (
    Viewer,
    collections_of,
    curated_sessions,
    may_edit,
    require_admin,
    session_for,
)
from library.accounts import people
from library.consent import pending_releases, release, review_gate
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.models import (
    Collection,
    CollectionEntry,
    CollectionMember,
    CollectionRole,
    MentoringSession,
    ParticipantRole,
    Person,
    Review,
    ReviewAct,
    ReviewEvent,
    ReviewState,
    Role,
)
from library.store import Transaction
from library.translation import gettext

LONGEST = 4000  # characters of a comment
GUIDES = frozenset({ParticipantRole.MENTOR, ParticipantRole.FACILITATOR})
TO_BE_ANSWERED = frozenset({ReviewAct.SUBMITTED, ReviewAct.COMMENTED})


@dataclass(frozen=True, kw_only=True)
class ReviewNews:
    """Event of a review, with the people who get an e-mail about it."""

    session_id: int
    title: str
    act: ReviewAct
    text: str
    to: Sequence[Person]


def may_review(db: Transaction, viewer: Viewer, session: MentoringSession) -> bool:
    """Return whether *viewer* may review a session that they see.

    Administrators may review every session. The assigned reviewer, and the curators of the
    session's collections, may review it unless they own it.
    """
    if viewer.is_admin:
        return True
    if not viewer.is_member or session.owner_id == viewer.person_id:
        return False
    review = db.get(Review, session.id)
    if review is not None and review.reviewer_id == viewer.person_id:
        return True
    curated = curated_sessions(viewer).where(CollectionEntry.session_id == session.id)
    return db.scalar(curated) is not None


def is_party(db: Transaction, viewer: Viewer, session: MentoringSession) -> bool:
    """Return whether *viewer* is the owner, a mentor, a facilitator or a reviewer of a session."""
    guides = {p.person_id for p in session.participants if p.part in GUIDES}
    own = viewer.is_member and viewer.person_id in {session.owner_id, *guides}
    return own or may_review(db, viewer, session)


def curates(db: Transaction, viewer: Viewer) -> bool:
    """Return whether *viewer* is an administrator or the curator of a collection."""
    if viewer.is_admin:
        return True
    somewhere = collections_of(viewer, CollectionRole.CURATOR)
    return viewer.is_member and db.scalar(somewhere.limit(1)) is not None


def session_in_review(db: Transaction, viewer: Viewer, session_id: int) -> MentoringSession:
    """Return a session whose review *viewer* may see.

    Raises:
        NotFoundError: the session does not exist, or *viewer* may not see it.
        NotAllowedError: *viewer* may see the session, but not its review.
    """
    session = session_for(db, viewer, session_id)
    if not is_party(db, viewer, session):
        raise NotAllowedError(
            "Only the owner, mentors and reviewers of a session can see its review."
        )
    return session


def of(db: Transaction, session_id: int) -> Review | None:
    """Return the review of a session, or None."""
    return db.get(Review, session_id)


def history(db: Transaction, session_id: int) -> Sequence[ReviewEvent]:
    """Return the events of a review, oldest first."""
    return db.scalars(
        select(ReviewEvent).where(ReviewEvent.session_id == session_id).order_by(ReviewEvent.id)
    ).all()


def apply_action(
    db: Transaction,
    viewer: Viewer,
    session_id: int,
    wanted: ReviewAct,
    *,
    text: str = "",
    to: int | None = None,
) -> ReviewNews:
    """Apply an action to the review of a session, such as a comment or the acceptance.

    Args:
        db: open write transaction.
        viewer: person who acts.
        session_id: session under review.
        wanted: the action, such as a comment or the acceptance.
        text: comment; required for `COMMENTED` and `NEEDS_WORK`.
        to: new reviewer for `ASSIGNED`; None returns the session to the queue.

    Raises:
        NotFoundError: *viewer* may not see the session.
        NotAllowedError: *viewer* may not apply this action.
        InvalidInputError: the comment is missing or too long, or the reviewer is not valid.
        ConflictError: the state of the review does not allow the action.
    """
    session = session_in_review(db, viewer, session_id)
    comment = text.strip()
    if len(comment) > LONGEST:
        raise InvalidInputError(
            "Shorten the comment to at most %(number)s characters.", number=LONGEST
        )
    if wanted is ReviewAct.SUBMITTED:
        _submit(db, viewer, session)
    elif wanted is ReviewAct.COMMENTED:
        _require_words(comment, gettext("Write a comment."))
        _require_review(db, session)
    else:
        review = _to_judge(db, viewer, session)
        if wanted is ReviewAct.ASSIGNED:
            _give(db, session, review, to)
        else:
            _judge(review, wanted, comment)
    review_gate.note(db, session_id, wanted, by=viewer.person_id, to=to, text=comment)
    release.refresh(db, session)
    subject = ("session", session_id)
    audit.record(db, viewer.person_id, f"review.{wanted.value}", subject, address=viewer.address)
    readers = _readers(db, viewer, session, wanted)
    return ReviewNews(
        session_id=session_id, title=session.title, act=wanted, text=comment, to=readers
    )


def _submit(db: Transaction, viewer: Viewer, session: MentoringSession) -> None:
    if not may_edit(viewer, session):
        raise NotAllowedError("Only the owner or an administrator can submit a session.")
    if not session.visibility.needs_release:
        raise ConflictError(
            "Choose who may see this session first. Private sessions are not reviewed."
        )
    review = db.get(Review, session.id)
    if review is None:
        db.add(Review(session_id=session.id))
        db.flush()
    elif review.state in review_gate.UNFINISHED:
        raise ConflictError("This session is in the review queue already. Wait for its reviewer.")
    else:
        has_reviewer = review.reviewer_id is not None
        review_gate.move(review, ReviewState.IN_REVIEW if has_reviewer else ReviewState.SUBMITTED)


def _to_judge(db: Transaction, viewer: Viewer, session: MentoringSession) -> Review:
    if not may_review(db, viewer, session):
        raise NotAllowedError(
            "Only administrators, curators and the assigned reviewer can do this. The owner of "
            "a session cannot review it."
        )
    return _require_review(db, session)


def _give(db: Transaction, session: MentoringSession, review: Review, to: int | None) -> None:
    if to is not None and to not in {person.id for person in candidates(db, session)}:
        raise InvalidInputError("Choose an administrator, or a curator who may see this session.")
    review.reviewer_id = to
    if review.state in review_gate.UNFINISHED:
        review_gate.move(review, ReviewState.IN_REVIEW if to else ReviewState.SUBMITTED)


def _judge(review: Review, wanted: ReviewAct, comment: str) -> None:
    if wanted is ReviewAct.NEEDS_WORK:
        _require_words(comment, gettext("Write what the owner should change."))
        review_gate.move(review, ReviewState.NEEDS_WORK)
    elif wanted is ReviewAct.ACCEPTED:
        review_gate.move(review, ReviewState.ACCEPTED)
    else:
        raise InvalidInputError(
            "This action is not valid. Use one of: submitted, commented, assigned, "
            "needs-work, accepted."
        )


def _require_review(db: Transaction, session: MentoringSession) -> Review:
    if (review := db.get(Review, session.id)) is None:
        raise ConflictError(
            "This session was not submitted for review. Wait until its owner submits it."
        )
    return review


def _require_words(comment: str, otherwise: str) -> None:
    if not comment:
        raise InvalidInputError(otherwise)


def candidates(db: Transaction, session: MentoringSession) -> list[Person]:
    """Return possible reviewers: administrators, and curators who may see the session.

    The owner is a possible reviewer only as an administrator.
    """
    curators = select(CollectionMember.person_id).where(
        CollectionMember.role == CollectionRole.CURATOR
    )
    if session.visibility not in review_gate.ALL_MEMBERS:
        inside = select(CollectionEntry.collection_id).where(
            CollectionEntry.session_id == session.id
        )
        curators = curators.where(CollectionMember.collection_id.in_(inside))
    found = db.scalars(
        select(Person)
        .where(or_(Person.role == Role.ADMIN, Person.id.in_(curators)), Person.email.is_not(None))
        .order_by(func.lower(Person.name), Person.id)
    )
    return [
        person
        for person in found
        if people.may_sign_in(person)
        and (person.role is Role.ADMIN or person.id != session.owner_id)
    ]


def _readers(
    db: Transaction, viewer: Viewer, session: MentoringSession, wanted: ReviewAct
) -> list[Person]:
    """Return who gets an e-mail about an event: the reviewer, or the owner and the mentors."""
    review = db.get(Review, session.id)
    reviewer = review.reviewer_id if review else None
    guides = {p.person_id for p in session.participants if p.part in GUIDES}
    own = {session.owner_id, *guides} - {None}
    if wanted is ReviewAct.ASSIGNED:
        ids: set[int | None] = {reviewer}
    elif wanted in TO_BE_ANSWERED and viewer.person_id in own:
        ids = {reviewer}
    else:
        ids = set(own)
    ids -= {viewer.person_id, None}
    found = db.scalars(select(Person).where(Person.id.in_(ids), Person.email.is_not(None)))
    return [person for person in found if people.may_sign_in(person)]


def set_required_everywhere(db: Transaction, viewer: Viewer, *, on: bool) -> None:
    """Switch the required review on or off for all sessions.

    Sessions that others can find already are accepted without a review, so none is hidden.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    here = select(MentoringSession.id).where(MentoringSession.deleted_at.is_(None))
    before = list(db.scalars(here)) if on and not review_gate.is_on(db) else []
    review_gate.accept_what_is_found(db, viewer, before)
    if review_gate.keep_switch(db, viewer, on=on):
        pending_releases.settle_soon(db, db.scalars(here), may_close=False)


def collection(db: Transaction, viewer: Viewer, target: Collection, *, on: bool) -> None:
    """Switch the required review on or off for the sessions of a collection.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    if target.reviewed is on:
        return
    inside = [entry.session_id for entry in target.entries]
    if on:
        review_gate.accept_what_is_found(db, viewer, inside)
    target.reviewed = on
    db.flush()
    subject, detail = ("collection", target.id), {"on": on}
    audit.record(
        db, viewer.person_id, "collection.review", subject, detail=detail, address=viewer.address
    )
    pending_releases.settle_soon(db, inside, may_close=False)
