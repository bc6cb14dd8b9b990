"""Selection of sessions for a bulk edit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import selectinload

from library.access import Viewer, editable_sessions, today, visible_sessions
from library.curation import bulk_edit, review
from library.models import (
    CollectionEntry,
    Form,
    MentoringSession,
    Participant,
    Person,
    Replacement,
    Topic,
    Visibility,
)
from library.store import Transaction

SOON = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class SessionSelection:
    """Filter of sessions for a bulk edit. Empty fields do not restrict the selection."""

    words: str = ""  # part of the title, the description or a participant's name
    collection_id: int | None = None
    without_collection: bool = False
    visibility: Visibility | None = None
    form: Form | None = None
    due: bool = False  # review due within 30 days, or superseded


def found(
    db: Transaction,
    viewer: Viewer,
    wanted: SessionSelection,
    *,
    limit: int,
    before_id: int | None = None,
) -> Sequence[MentoringSession]:
    """Return sessions that match the filter, newest first.

    A curator gets all sessions that they may see, because they may change the collections. Other
    viewers get sessions that they may change. For the next page, pass the last id of this page as
    *before_id*.
    """
    query = (
        select(MentoringSession)
        .where(*_where(db, viewer, wanted))
        .order_by(MentoringSession.id.desc())
        .limit(limit)
        .options(
            selectinload(MentoringSession.participants).selectinload(Participant.person),
            selectinload(MentoringSession.owner),
        )
    )
    if before_id is not None:
        query = query.where(MentoringSession.id < before_id)
    return db.scalars(query).all()


def ids(db: Transaction, viewer: Viewer, wanted: SessionSelection) -> Sequence[int]:
    """Return the ids of sessions that match the filter, newest first.

    At most `bulk_edit.MOST` + 1 ids are returned. The extra id shows that there are too many.
    """
    query = select(MentoringSession.id).where(*_where(db, viewer, wanted))
    return db.scalars(query.order_by(MentoringSession.id.desc()).limit(bulk_edit.MOST + 1)).all()


def count(db: Transaction, viewer: Viewer, wanted: SessionSelection) -> int:
    """Return the number of sessions that match the filter."""
    query = select(func.count()).select_from(MentoringSession).where(*_where(db, viewer, wanted))
    return db.scalar(query) or 0


def topics(db: Transaction) -> Sequence[Topic]:
    """Return the topics that are not merged into another topic, by name."""
    unmerged = select(Topic).where(Topic.merged_into_id.is_(None))
    return db.scalars(unmerged.order_by(func.lower(Topic.label))).all()


def is_due(day: date) -> ColumnElement[bool]:
    """Return a condition on `MentoringSession`: review due by *day*, or superseded."""
    replaced = select(Replacement.session_id)
    return or_(MentoringSession.review_by <= day, MentoringSession.id.in_(replaced))


def _where(db: Transaction, viewer: Viewer, wanted: SessionSelection) -> list[ColumnElement[bool]]:
    curates = review.curates(db, viewer)
    conditions = [visible_sessions(viewer) if curates else editable_sessions(viewer)]
    inside = select(CollectionEntry.session_id)
    if wanted.words:
        conditions.append(_has_words(wanted.words))
    if wanted.collection_id is not None:
        here = inside.where(CollectionEntry.collection_id == wanted.collection_id)
        conditions.append(MentoringSession.id.in_(here))
    if wanted.without_collection:
        conditions.append(MentoringSession.id.not_in(inside))
    if wanted.visibility is not None:
        conditions.append(MentoringSession.visibility == wanted.visibility)
    if wanted.form is not None:
        conditions.append(MentoringSession.form == wanted.form)
    if wanted.due:
        conditions.append(is_due(today() + SOON))
    return conditions


def _has_words(words: str) -> ColumnElement[bool]:
    named: Select[int] = (
        select(Participant.session_id)
        .join(Person, Person.id == Participant.person_id)
        .where(Person.name.icontains(words, autoescape=True))
    )
    return or_(
        MentoringSession.title.icontains(words, autoescape=True),
        MentoringSession.description.icontains(words, autoescape=True),
        MentoringSession.id.in_(named),
    )
