"""Search scope: the filters of a search, and the sources that the search may use."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, cast, func, select

from library import collection_closure
from library.access import Viewer, today, visible_sessions
from library.errors import InvalidInputError
from library.models import (
    CollectionEntry,
    Form,
    MentoringSession,
    Participant,
    Person,
    Source,
    SourceKind,
)
from library.sessions.description import FILTERS
from library.store import Transaction, unchanged
from library.vocabulary import confirmed_topics

UNSET: tuple[object, ...] = (None, "", (), [], {})  # values of a filter that is not set


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Filters of a search. Empty fields do not restrict the result."""

    session_id: int | None = None
    leave_out: Sequence[int] = ()  # ids of sessions that are excluded
    collection_id: int | None = None
    topic_id: int | None = None  # confirmed topics only; narrower topics match, too
    person_id: int | None = None  # speaker of the passage
    since: date | None = None  # first day, inclusive
    until: date | None = None  # last day, inclusive
    kinds: Sequence[SourceKind] = ()
    described: Mapping[str, Sequence[Any]] = field(default_factory=dict)  # values by field
    # Operators of the question. Each must be satisfied.
    topics: Sequence[Sequence[int]] = ()  # one topic of each group, or a narrower one
    speakers: Sequence[Sequence[str]] = ()  # names: one of each group speaks in the passage
    phrases: Sequence[str] = ()  # words in this order
    without: Sequence[str] = ()  # words or phrases that are not in the passage

    @property
    def of_sessions(self) -> "Filters":
        """The filters that apply to sessions and sources, without those of single passages."""
        return replace(self, person_id=None, speakers=(), phrases=(), without=())

    @property
    def any(self) -> bool:
        """True if any filter is set. An empty list does not count, but the id 0 does."""
        return any(value not in UNSET for value in vars(self).values())


def filters_of(kept: Mapping[str, str]) -> Filters:
    """Return the filters from the parameters of a saved search.

    Raises:
        InvalidInputError: a parameter is not a valid filter.
    """

    def number(name: str) -> int | None:
        return int(kept[name]) if kept.get(name) else None

    def day(name: str) -> date | None:
        return date.fromisoformat(kept[name]) if kept.get(name) else None

    try:
        return Filters(
            collection_id=number("collection"),
            topic_id=number("topic"),
            person_id=number("speaker"),
            since=day("from"),
            until=day("to"),
            kinds=[SourceKind(kept["kind"])] if kept.get("kind") else (),
            described={f.name: [f.value_of(kept[f.name])] for f in FILTERS if kept.get(f.name)},
        )
    except ValueError as error:
        raise InvalidInputError(
            "A filter of this search is no longer valid. Remove the filters and search again."
        ) from error


def sources_in(db: Transaction, viewer: Viewer, filters: Filters) -> Sequence[int]:
    """Return ids of the sources whose passages *viewer* may find under *filters*.

    Filters of single passages have no effect here. The index applies them.
    """
    if filters.of_sessions.any:
        return _found(db, viewer, filters)
    return unchanged(db, ("sources", viewer, today()), partial(_found, db, viewer, Filters()))


def _found(db: Transaction, viewer: Viewer, filters: Filters) -> Sequence[int]:
    """Return the ids of the sources that match *filters*, as an array of 64-bit integers.

    An array is read faster than a list.
    """
    query = (
        select(Source.id)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(visible_sessions(viewer), *_session_conditions(db, filters))
    )
    if filters.kinds:
        query = query.where(Source.kind.in_(filters.kinds))
    # One string holds all ids: reading 20,000 rows would take longer than all other steps.
    ids = select(func.aggregate_strings(cast(query.subquery().c.id, String), ","))
    found = db.scalar(ids)
    return array("q", map(int, found.split(",")) if found else ())


class DescribedSession(NamedTuple):
    """Session fields that a result shows."""

    session_id: int
    title: str
    description: str
    held_on: date | None
    form: Form
    duration: float | None  # of the longest recording, in seconds


def sessions_among(
    db: Transaction, viewer: Viewer, filters: Filters, ids: Sequence[int]
) -> dict[int, DescribedSession]:
    """Return those of the sessions *ids* that *viewer* may find under *filters*, by id.

    A speaker of the filters must be a participant. Phrases and excluded words have no effect here.
    """
    session = MentoringSession
    own = Source.session_id == session.id
    query = select(
        session.id,
        session.title,
        session.description,
        session.held_on,
        session.form,
        select(func.max(Source.duration)).where(own).correlate(session).scalar_subquery(),
    ).where(session.id.in_(ids), visible_sessions(viewer), *_session_conditions(db, filters))
    if filters.kinds:
        kinds = select(Source.session_id).where(Source.kind.in_(filters.kinds))
        query = query.where(session.id.in_(kinds))
    named = [Participant.person_id == filters.person_id] if filters.person_id is not None else []
    for who in (*named, *(Person.name.in_(names) for names in filters.speakers)):
        speakers = select(Participant.session_id).join(Person).where(who)
        query = query.where(session.id.in_(speakers))
    return {row[0]: DescribedSession(*row) for row in db.execute(query)}


def _session_conditions(db: Transaction, filters: Filters) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of *filters* on `MentoringSession`."""
    session = MentoringSession
    found: list[ColumnElement[bool]] = []
    if filters.session_id is not None:
        found.append(session.id == filters.session_id)
    if filters.leave_out:
        found.append(session.id.not_in(filters.leave_out))
    if filters.collection_id is not None:
        inside = select(CollectionEntry.session_id).where(
            CollectionEntry.collection_id.in_(collection_closure.inside(filters.collection_id))
        )
        found.append(session.id.in_(inside))
    own = () if filters.topic_id is None else ([filters.topic_id],)
    found += [session.id.in_(confirmed_topics.about(db, ids)) for ids in (*own, *filters.topics)]
    if filters.since is not None:
        found.append(session.held_on >= filters.since)
    if filters.until is not None:
        found.append(session.held_on <= filters.until)
    found += [getattr(session, name).in_(values) for name, values in filters.described.items()]
    return found
