"""Fields that a bulk edit can change: values, validation and permissions.

Values are stored as JSON. For the fields "collection" and "topic", `FieldRef.number` is the id of
the collection or topic. The value is the position of the session in the collection, or the state of
the topic. The value is None if the session is not in the collection or does not have the topic.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from library.access import Viewer, may_contribute, may_curate, may_edit
from library.accounts.people import may_sign_in
from library.consent import ledger, release, review_gate
from library.curation import review as review_desk
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
from library.sessions.description import FIELD
from library.sessions.language_tags import is_language
from library.store import Transaction
from library.translation import gettext

PLAIN = ("language", "form", "visibility", "owner", "review_by", "reviewer")
PLACED = ("collection", "topic")


@dataclass(frozen=True)
class FieldRef:
    """Field of a session that a bulk edit can change.

    *number* is the id for a collection or topic, else 0.
    """

    field: str
    number: int = 0


def value_of(db: Transaction, session: MentoringSession, cell: FieldRef) -> Any:
    """Return the present value of a session's field."""
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
    """Return whether a value is valid for a field other than "collection" and "topic"."""
    if field in {"owner", "reviewer"}:
        return value is None or type(value) is int
    if field == "review_by":
        return value is None or _is_day(value)
    if not isinstance(value, str):
        return False
    return is_language(value) if field == "language" else value in FIELD[field].choices


def _is_day(value: Any) -> bool:
    try:
        return 1900 <= date.fromisoformat(str(value)).year < 2200
    except ValueError:
        return False


def same(field: str, one: Any, other: Any) -> bool:
    """Return whether two values of a field are equal.

    For a collection, only membership is compared. For a topic, only whether it is confirmed.
    """
    if field == "collection":
        return (one is None) is (other is None)
    if field == "topic":
        confirmed = TopicState.CONFIRMED.value
        return (one == confirmed) is (other == confirmed)
    return bool(one == other)


def refusal(
    db: Transaction, viewer: Viewer, session: MentoringSession, cell: FieldRef, wanted: Any
) -> str:
    """Return why *viewer* cannot set a field to a value; "" if it is allowed."""
    if cell.field == "collection":
        return _no_place(db, viewer, session, cell.number, wanted)
    if cell.field == "reviewer":
        return _no_reviewer(db, viewer, session, wanted)
    if not may_edit(viewer, session):
        return gettext("Only the owner or an administrator can change this session.")
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
        return gettext("Only contributors and curators can change this collection.")
    handed_on = session.visibility in review_gate.ALL_MEMBERS or own
    if wanted is not None and not handed_on:
        return gettext("Only the owner can add this session to another collection.")
    return ""


def _no_reviewer(db: Transaction, viewer: Viewer, session: MentoringSession, wanted: Any) -> str:
    if not review_desk.may_review(db, viewer, session):
        return gettext("Only reviewers can assign a reviewer to this session.")
    if db.get(Review, session.id) is None:
        return gettext("This session was not submitted for review.")
    if wanted is not None and wanted not in {p.id for p in review_desk.candidates(db, session)}:
        return gettext("The chosen person cannot review this session.")
    return ""


def _no_owner(db: Transaction, viewer: Viewer, wanted: Any) -> str:
    if not viewer.is_admin:
        return gettext("Only an administrator can change the owner of a session.")
    person = db.get(Person, wanted) if wanted is not None else None
    if wanted is not None and (person is None or not person.email or not may_sign_in(person)):
        return gettext("The chosen person has no active account.")
    return ""


def _too_wide(db: Transaction, session: MentoringSession, wanted: Visibility) -> str:
    """Return a reason if the visibility is wider than the consent of the speakers, else "".

    A bulk edit sends no consent requests, so existing answers must allow the visibility.
    """
    if not wanted.needs_release or wanted.reach <= session.visibility.reach:
        return ""
    with db.no_autoflush:
        before = session.visibility
        session.visibility = wanted
        agreed = release.answers_allow(db, session)
        session.visibility = before
    return "" if agreed else gettext("Not all speakers have agreed to this visibility.")


def set_value(
    db: Transaction, viewer: Viewer, session: MentoringSession, cell: FieldRef, value: Any
) -> None:
    """Set a field of a session. The caller updates the release with `release.settle_all`."""
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
    if (collection := db.get(Collection, number)) is not None:
        db.expire(collection, ["entries"])


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
    if review.state in review_gate.UNFINISHED:
        review_gate.move(review, ReviewState.IN_REVIEW if to else ReviewState.SUBMITTED)
    review_gate.note(db, session.id, ReviewAct.ASSIGNED, by=viewer.person_id, to=to)


def _show(db: Transaction, viewer: Viewer, session: MentoringSession, wanted: Visibility) -> None:
    if session.release in release.OPEN and not wanted.needs_release:
        ledger.record(db, viewer, "closed", session_id=session.id, person_id=viewer.person_id)
    session.visibility = wanted
