"""A review: who looks at a session, what is asked of its owner, and the answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from library import audit
from library.access import Viewer, collections_of, curated_sessions, may_edit, session_for
from library.accounts import people
from library.consent import release, reviews
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.models import (
    CollectionEntry,
    CollectionMember,
    CollectionRole,
    MentoringSession,
    Part,
    Person,
    Review,
    ReviewAct,
    ReviewEvent,
    ReviewState,
    Role,
)
from library.store import Transaction

LONGEST = 4000  # characters of a comment
GUIDES = frozenset({Part.MENTOR, Part.FACILITATOR})
TO_BE_ANSWERED = frozenset({ReviewAct.SUBMITTED, ReviewAct.COMMENTED})


@dataclass(frozen=True, kw_only=True)
class News:
    """What was done in a review, and whom a letter tells of it."""

    session_id: int
    title: str
    act: ReviewAct
    text: str
    to: Sequence[Person]


def may_review(db: Transaction, viewer: Viewer, session: MentoringSession) -> bool:
    """Whether *viewer* may judge a session that they see.

    Administrators may; so may whoever it was given to, and the curators of its collections, but
    these not their own.
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
    """Whether a review is *viewer*'s business: its owner's, its mentors', its reviewers'."""
    guides = {p.person_id for p in session.participants if p.part in GUIDES}
    own = viewer.is_member and viewer.person_id in {session.owner_id, *guides}
    return own or may_review(db, viewer, session)


def curates(db: Transaction, viewer: Viewer) -> bool:
    """Whether *viewer* has anything to curate: as administrator, or some collection's curator."""
    if viewer.is_admin:
        return True
    somewhere = collections_of(viewer, CollectionRole.CURATOR)
    return viewer.is_member and db.scalar(somewhere.limit(1)) is not None


def session_in_review(db: Transaction, viewer: Viewer, session_id: int) -> MentoringSession:
    """A session whose review is *viewer*'s business.

    Raises:
        NotFoundError: there is none that they may see.
        NotAllowedError: they see it, but not its review.
    """
    session = session_for(db, viewer, session_id)
    if not is_party(db, viewer, session):
        raise NotAllowedError("A review is between a session's owner and those who review it.")
    return session


def of(db: Transaction, session_id: int) -> Review | None:
    """How it stands with a session's review; None: nobody has asked for one."""
    return db.get(Review, session_id)


def history(db: Transaction, session_id: int) -> Sequence[ReviewEvent]:
    """What was done and said in a review, in its order."""
    return db.scalars(
        select(ReviewEvent).where(ReviewEvent.session_id == session_id).order_by(ReviewEvent.id)
    ).all()


def act(
    db: Transaction,
    viewer: Viewer,
    session_id: int,
    wanted: ReviewAct,
    *,
    text: str = "",
    to: int | None = None,
) -> News:
    """Do one thing in a review.

    Args:
        db: a transaction.
        viewer: who does it.
        session_id: in the review of which session.
        wanted: what.
        text: what they say to it; necessary for a comment and where work is asked for.
        to: to whom it is given; None gives it back to the queue.

    Raises:
        NotFoundError, NotAllowedError: it is not *viewer*'s to do.
        InvalidInputError: something has to be said, or somebody else has to be chosen.
        ConflictError: it does not stand so that this can be done.
    """
    session = session_in_review(db, viewer, session_id)
    said = text.strip()
    if len(said) > LONGEST:
        raise InvalidInputError(f"Say it in at most {LONGEST} characters.")
    if wanted is ReviewAct.SUBMITTED:
        _submit(db, viewer, session)
    elif wanted is ReviewAct.COMMENTED:
        _require_words(said, "Write what you want to say.")
        _require_review(db, session)
    else:
        review = _to_judge(db, viewer, session)
        if wanted is ReviewAct.ASSIGNED:
            _give(db, session, review, to)
        else:
            _judge(review, wanted, said)
    reviews.note(db, session_id, wanted, by=viewer.person_id, to=to, text=said)
    release.settle(db, session)
    subject = ("session", session_id)
    audit.record(db, viewer.person_id, f"review.{wanted.value}", subject, address=viewer.address)
    readers = _readers(db, viewer, session, wanted)
    return News(session_id=session_id, title=session.title, act=wanted, text=said, to=readers)


def _submit(db: Transaction, viewer: Viewer, session: MentoringSession) -> None:
    if not may_edit(viewer, session):
        raise NotAllowedError("Only its owner or an administrator submits a session.")
    if not session.visibility.needs_release:
        raise ConflictError("Say first who else is to find it. What is private is not reviewed.")
    review = db.get(Review, session.id)
    if review is None:
        db.add(Review(session_id=session.id))
        db.flush()
    elif review.state in reviews.UNFINISHED:
        raise ConflictError("It is in the queue already. Wait for whoever reviews it.")
    else:
        given = review.reviewer_id is not None
        reviews.move(review, ReviewState.IN_REVIEW if given else ReviewState.SUBMITTED)


def _to_judge(db: Transaction, viewer: Viewer, session: MentoringSession) -> Review:
    if not may_review(db, viewer, session):
        raise NotAllowedError("Its curators and administrators review a session, not its owner.")
    return _require_review(db, session)


def _give(db: Transaction, session: MentoringSession, review: Review, to: int | None) -> None:
    if to is not None and to not in {person.id for person in candidates(db, session)}:
        raise InvalidInputError("Give it to an administrator or to a curator who may see it.")
    review.reviewer_id = to
    if review.state in reviews.UNFINISHED:
        reviews.move(review, ReviewState.IN_REVIEW if to else ReviewState.SUBMITTED)


def _judge(review: Review, wanted: ReviewAct, said: str) -> None:
    if wanted is ReviewAct.NEEDS_WORK:
        _require_words(said, "Say what is to be done, so that its owner can do it.")
        reviews.move(review, ReviewState.NEEDS_WORK)
    elif wanted is ReviewAct.ACCEPTED:
        reviews.move(review, ReviewState.ACCEPTED)
    else:
        raise InvalidInputError("This is done by the library itself.")


def _require_review(db: Transaction, session: MentoringSession) -> Review:
    if (review := db.get(Review, session.id)) is None:
        raise ConflictError("Nobody has submitted this session for review.")
    return review


def _require_words(said: str, otherwise: str) -> None:
    if not said:
        raise InvalidInputError(otherwise)


def candidates(db: Transaction, session: MentoringSession) -> list[Person]:
    """To whom a review can be given: administrators, and curators who will see the session."""
    curators = select(CollectionMember.person_id).where(
        CollectionMember.role == CollectionRole.CURATOR
    )
    if session.visibility not in reviews.ALL_MEMBERS:
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
    """Who has to know: its reviewer, of what its owner's side did; else its owner's side."""
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
