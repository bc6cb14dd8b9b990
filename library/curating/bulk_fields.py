"""What can be changed of many sessions at once: each field, how it is now, and what forbids it.

A value is as JSON keeps it. A collection and a topic are fields with a number, whose value is the
session's place there, or None.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from library.access import Viewer, may_contribute, may_curate, may_edit
from library.accounts.people import may_sign_in
from library.consent import ledger, release, reviews
from library.curating import review_desk
from library.models import (
    Collection,
    CollectionEntry,
    Form,
    MentoringSession,
    Person,
    Review,
    ReviewAct,
    ReviewState,
    SessionTopic,
    TopicState,
    Visibility,
    now,
)
from library.store import Transaction

LANGUAGE = re.compile(r"|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?")
PLAIN = ("language", "form", "visibility", "owner", "review_by", "reviewer")
PLACED = ("collection", "topic")


@dataclass(frozen=True)
class Cell:
    """A field; of a collection or topic with its number."""

    field: str
    number: int = 0


def value_of(db: Transaction, session: MentoringSession, cell: Cell) -> Any:
    """How a field of a session is now."""
    if cell.field == "collection":
        entry = db.get(CollectionEntry, (cell.number, session.id))
        return entry.position if entry else None
    if cell.field == "topic":
        topic = db.get(SessionTopic, (session.id, cell.number))
        return topic.state.value if topic else None
    if cell.field == "reviewer":
        review = db.get(Review, session.id)
        return review.reviewer_id if review else None
    day = session.review_by
    return {
        "owner": session.owner_id,
        "review_by": day.isoformat() if day else None,
        "language": session.language,
        "form": session.form.value,
        "visibility": session.visibility.value,
    }[cell.field]


def can_be(field: str, value: Any) -> bool:
    """Whether a plain field can hold a value at all."""
    if field in {"owner", "reviewer"}:
        return value is None or type(value) is int
    if field == "review_by":
        return value is None or _is_day(value)
    return isinstance(value, str) and (field != "language" or bool(LANGUAGE.fullmatch(value)))


def _is_day(value: Any) -> bool:
    try:
        return 1900 <= date.fromisoformat(str(value)).year < 2200
    except ValueError:
        return False


def same(field: str, one: Any, other: Any) -> bool:
    """Whether two values are the same; of a collection, whether it is in or not."""
    if field == "collection":
        return (one is None) is (other is None)
    if field == "topic":
        confirmed = TopicState.CONFIRMED.value
        return (one == confirmed) is (other == confirmed)
    return bool(one == other)


def refusal(
    db: Transaction, viewer: Viewer, session: MentoringSession, cell: Cell, wanted: Any
) -> str:
    """Why *viewer* cannot change a field to this; empty where they can."""
    if cell.field == "collection":
        return _no_place(db, viewer, session, cell.number, wanted)
    if cell.field == "reviewer":
        return _no_reviewer(db, viewer, session, wanted)
    if not may_edit(viewer, session):
        return "It is not yours to change."
    if cell.field == "owner":
        return _no_owner(db, viewer, wanted)
    if cell.field == "visibility":
        return _too_wide(db, session, Visibility(wanted))
    return ""


def _no_place(
    db: Transaction, viewer: Viewer, session: MentoringSession, number: int, wanted: Any
) -> str:
    own = may_edit(viewer, session)
    curated = may_curate(db, viewer, number)
    if not (curated or (own and may_contribute(db, viewer, number))):
        return "You do not fill this collection."
    handed_on = session.visibility in reviews.ALL_MEMBERS or own
    if wanted is not None and not handed_on:
        return "Only its owner puts it into another collection."
    return ""


def _no_reviewer(db: Transaction, viewer: Viewer, session: MentoringSession, wanted: Any) -> str:
    if not review_desk.may_review(db, viewer, session):
        return "It is not yours to review."
    if db.get(Review, session.id) is None:
        return "Nobody has submitted it for review."
    if wanted is not None and wanted not in {p.id for p in review_desk.candidates(db, session)}:
        return "Whoever you chose does not review it."
    return ""


def _no_owner(db: Transaction, viewer: Viewer, wanted: Any) -> str:
    if not viewer.is_admin:
        return "Only an administrator gives a session to somebody else."
    person = db.get(Person, wanted) if wanted is not None else None
    if wanted is not None and (person is None or not person.email or not may_sign_in(person)):
        return "Whoever you chose has no account that is open."
    return ""


def _too_wide(db: Transaction, session: MentoringSession, wanted: Visibility) -> str:
    """A bulk edit asks nobody: it opens a session only as far as everybody has agreed already."""
    if not wanted.needs_release or wanted.reach <= session.visibility.reach:
        return ""
    with db.no_autoflush:
        before = session.visibility
        session.visibility = wanted
        agreed = release.answers_allow(db, session)
        session.visibility = before
    return "" if agreed else "Not everybody who speaks has agreed to that."


def put(db: Transaction, viewer: Viewer, session: MentoringSession, cell: Cell, value: Any) -> None:
    """Let a field of a session be this; `release.settle_all` is the caller's."""
    if cell.field == "collection":
        _place(db, session, cell.number, value)
    elif cell.field == "topic":
        _about(db, session, cell.number, value)
    elif cell.field == "reviewer":
        _give(db, viewer, session, value)
    elif cell.field == "visibility":
        _show(db, viewer, session, Visibility(value))
    elif cell.field == "owner":
        session.owner_id = value
    elif cell.field == "review_by":
        session.review_by = date.fromisoformat(value) if value else None
    elif cell.field == "form":
        session.form = Form(value)
    else:
        session.language = value
    session.updated_at = now()


def _place(db: Transaction, session: MentoringSession, number: int, place: int | None) -> None:
    entry = db.get(CollectionEntry, (number, session.id))
    if place is None and entry is not None:
        db.delete(entry)
    elif place is not None and entry is None:
        last = select(func.max(CollectionEntry.position))
        behind = db.scalar(last.where(CollectionEntry.collection_id == number))
        at = place if place >= 0 else 0 if behind is None else behind + 1
        db.add(CollectionEntry(collection_id=number, session_id=session.id, position=at))
    db.flush()
    if (shelf := db.get(Collection, number)) is not None:
        db.expire(shelf, ["entries"])


def _about(db: Transaction, session: MentoringSession, number: int, state: str | None) -> None:
    found = db.get(SessionTopic, (session.id, number))
    if state is None:
        if found is not None:
            db.delete(found)
    elif found is None:
        db.add(SessionTopic(session_id=session.id, topic_id=number, state=TopicState(state)))
    else:
        found.state = TopicState(state)
    db.flush()


def _give(db: Transaction, viewer: Viewer, session: MentoringSession, to: int | None) -> None:
    review = db.get_one(Review, session.id)
    review.reviewer_id = to
    if review.state in reviews.UNFINISHED:
        reviews.move(review, ReviewState.IN_REVIEW if to else ReviewState.SUBMITTED)
    reviews.note(db, session.id, ReviewAct.ASSIGNED, by=viewer.person_id, to=to)


def _show(db: Transaction, viewer: Viewer, session: MentoringSession, wanted: Visibility) -> None:
    if session.release in release.OPEN and not wanted.needs_release:
        ledger.record(db, viewer, "closed", session_id=session.id, person_id=viewer.person_id)
    session.visibility = wanted
