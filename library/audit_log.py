"""The audit log as administrators read it: searched, a page at a time, and as a whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, or_, select, true

from library.access import Viewer, require_admin
from library.models import AuditEvent, AuditWords, Person
from library.store import Transaction

AT_ONCE = 500  # events that are read together


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which events somebody looks for; what is empty does not narrow."""

    words: str = ""  # in what was done, who did it, from where, and what was written with it
    action: str = ""
    actor_id: int | None = None
    subject_id: int | None = None
    subject_kind: str = ""
    since: date | None = None  # both inclusive, in UTC
    until: date | None = None


@dataclass(frozen=True)
class Told:
    """An event with what was written with it, and the name of who did it."""

    event: AuditEvent
    words: dict[str, str]
    actor: str  # empty: nobody with an account, or somebody who left


def events(
    db: Transaction, viewer: Viewer, wanted: Wanted, *, limit: int, before_id: int | None = None
) -> Sequence[Told]:
    """Events, newest first; `before_id` continues a page.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    query = _query(wanted).order_by(AuditEvent.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(AuditEvent.id < before_id)
    return _told(db, db.scalars(query).all())


def all_events(db: Transaction, viewer: Viewer, wanted: Wanted) -> Iterator[Told]:
    """Every event that is looked for, oldest first.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    last = 0
    while True:
        query = _query(wanted).where(AuditEvent.id > last).order_by(AuditEvent.id).limit(AT_ONCE)
        found = db.scalars(query).all()
        yield from _told(db, found)
        if len(found) < AT_ONCE:
            return
        last = found[-1].id


def actions(db: Transaction) -> Sequence[str]:
    """Everything that was ever done, by its name."""
    return db.scalars(select(AuditEvent.action).distinct().order_by(AuditEvent.action)).all()


def as_row(told: Told) -> dict[str, Any]:
    """An event as plain values, for tables and JSON."""
    event = told.event
    return {
        "id": event.id,
        "at": event.at.isoformat(timespec="seconds"),
        "actor_id": event.actor_id,
        "actor": told.actor,
        "action": event.action,
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id,
        "address": event.address,
        "detail": {**event.detail, **told.words},
    }


def _query(wanted: Wanted) -> Select[AuditEvent]:
    conditions: list[ColumnElement[bool]] = [true()]
    for column, value in (
        (AuditEvent.action, wanted.action),
        (AuditEvent.actor_id, wanted.actor_id),
        (AuditEvent.subject_id, wanted.subject_id),
        (AuditEvent.subject_kind, wanted.subject_kind),
    ):
        if value:
            conditions.append(column == value)
    if wanted.since is not None:
        conditions.append(AuditEvent.at >= _begin(wanted.since))
    if wanted.until is not None:
        conditions.append(AuditEvent.at < _begin(wanted.until) + timedelta(days=1))
    conditions += [_has(word) for word in wanted.words.split()]
    return select(AuditEvent).where(and_(*conditions))


def _has(word: str) -> ColumnElement[bool]:
    """Whether an event has this word anywhere that is shown."""
    named = select(Person.id).where(Person.name.icontains(word, autoescape=True))
    written = select(AuditWords.event_id).where(AuditWords.text.icontains(word, autoescape=True))
    return or_(
        AuditEvent.action.icontains(word, autoescape=True),
        AuditEvent.address.icontains(word, autoescape=True),
        cast(AuditEvent.detail, String).icontains(word, autoescape=True),
        AuditEvent.actor_id.in_(named),
        AuditEvent.id.in_(written),
    )


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _told(db: Transaction, found: Sequence[AuditEvent]) -> list[Told]:
    ids = [event.id for event in found]
    words: dict[int, dict[str, str]] = {}
    for row in db.scalars(select(AuditWords).where(AuditWords.event_id.in_(ids))):
        words.setdefault(row.event_id, {})[row.name] = row.text
    actors = {event.actor_id for event in found} - {None}
    people = db.execute(select(Person.id, Person.name).where(Person.id.in_(actors)))
    names = {row[0]: row[1] for row in people}
    return [Told(e, words.get(e.id, {}), names.get(e.actor_id or 0, "")) for e in found]
