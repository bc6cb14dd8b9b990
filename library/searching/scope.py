"""Filters of a search, turned into the sessions among which it may look."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from sqlalchemy import String, cast, func, select

from library import nested
from library.access import Viewer, today, visible_sessions
from library.errors import InvalidInputError
from library.models import CollectionEntry, Form, MentoringSession, Source, SourceKind
from library.store import Transaction, unchanged
from library.vocabulary import filed


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the person who asks has narrowed the search to; empty means everything."""

    session_id: int | None = None
    leave_out: Sequence[int] = ()  # sessions that are known already
    collection_id: int | None = None
    topic_id: int | None = None  # confirmed, or narrower than it
    person_id: int | None = None  # who speaks in the passage
    since: date | None = None  # both days inclusive
    until: date | None = None
    kinds: Sequence[SourceKind] = ()
    forms: Sequence[Form] = ()

    @property
    def any(self) -> bool:
        """Whether anything is narrowed at all."""
        return self != Filters()


def filters_of(kept: Mapping[str, str]) -> Filters:
    """What a search was narrowed to, from the parameters that were kept with it.

    Raises:
        InvalidInputError: one of them cannot be read.
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
            forms=[Form(kept["form"])] if kept.get("form") else (),
        )
    except ValueError as error:
        raise InvalidInputError(
            "This search has a filter that is none any more. Take the filters off and search again."
        ) from error


def sources_in(db: Transaction, viewer: Viewer, filters: Filters) -> Sequence[int]:
    """Ids of the sources whose passages *viewer* may find under *filters*.

    The speaker is not among the conditions: who speaks is known of each passage, not of a
    source, so the index narrows by `person_id` itself.
    """
    if replace(filters, person_id=None).any:
        return _found(db, viewer, filters)
    return unchanged(db, ("sources", viewer, today()), partial(_found, db, viewer, Filters()))


def _found(db: Transaction, viewer: Viewer, filters: Filters) -> Sequence[int]:
    """The ids in an array: as a list they would take longer to read than to find."""
    query = (
        select(Source.id)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(visible_sessions(viewer))
    )
    if filters.session_id is not None:
        query = query.where(MentoringSession.id == filters.session_id)
    if filters.leave_out:
        query = query.where(MentoringSession.id.not_in(filters.leave_out))
    if filters.collection_id is not None:
        inside = select(CollectionEntry.session_id).where(
            CollectionEntry.collection_id.in_(nested.inside(filters.collection_id))
        )
        query = query.where(MentoringSession.id.in_(inside))
    if filters.topic_id is not None:
        query = query.where(MentoringSession.id.in_(filed.about(db, [filters.topic_id])))
    if filters.since is not None:
        query = query.where(MentoringSession.held_on >= filters.since)
    if filters.until is not None:
        query = query.where(MentoringSession.held_on <= filters.until)
    if filters.kinds:
        query = query.where(Source.kind.in_(filters.kinds))
    if filters.forms:
        query = query.where(MentoringSession.form.in_(filters.forms))
    # One text holds them all: twenty thousand rows would cost more than everything else.
    ids = select(func.aggregate_strings(cast(query.subquery().c.id, String), ","))
    found = db.scalar(ids)
    return array("q", map(int, found.split(",")) if found else ())
