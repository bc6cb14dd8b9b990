"""Search of the audit log for administrators: one page of results, or all results."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, or_, select, true

from library.access import Viewer, require_admin
from library.models import AuditEvent, AuditWords, Person
from library.store import Transaction

AT_ONCE = 500  # events in one SQL query


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """Filter of audit events. Empty fields do not restrict the result."""

    words: str = ""  # each occurs in the action, name, address, detail or texts
    action: str = ""
    actor_id: int | None = None
    subject_id: int | None = None
    subject_kind: str = ""
    since: date | None = None  # first day, inclusive, in UTC
    until: date | None = None  # last day, inclusive, in UTC


@dataclass(frozen=True)
class AuditRow:
    """Audit event with its texts and the name of the person who acted."""

    event: AuditEvent
    words: dict[str, str]
    actor: str  # empty if no person acted, or if the person was deleted


def events(
    db: Transaction,
    viewer: Viewer,
    wanted: AuditFilter,
    *,
    limit: int,
    before_id: int | None = None,
) -> Sequence[AuditRow]:
    """Return at most *limit* matching events, newest first.

    For the next page, pass the last id of this page as *before_id*.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    query = _query(wanted).order_by(AuditEvent.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(AuditEvent.id < before_id)
    return _rows(db, db.scalars(query).all())


def all_events(db: Transaction, viewer: Viewer, wanted: AuditFilter) -> Iterator[AuditRow]:
    """Yield every matching event, oldest first.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    last = 0
    while True:
        query = _query(wanted).where(AuditEvent.id > last).order_by(AuditEvent.id).limit(AT_ONCE)
        found = db.scalars(query).all()
        yield from _rows(db, found)
        if len(found) < AT_ONCE:
            return
        last = found[-1].id


def actions(db: Transaction) -> Sequence[str]:
    """Return the names of all actions in the log, sorted."""
    return db.scalars(select(AuditEvent.action).distinct().order_by(AuditEvent.action)).all()


def as_row(row: AuditRow) -> dict[str, Any]:
    """Return an audit event as a dictionary of values that JSON can store."""
    event = row.event
    return {
        "id": event.id,
        "at": event.at.isoformat(timespec="seconds"),
        "actor_id": event.actor_id,
        "actor": row.actor,
        "action": event.action,
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id,
        "address": event.address,
        "detail": {**event.detail, **row.words},
    }


def _query(wanted: AuditFilter) -> Select[AuditEvent]:
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
    """Return an SQL condition: the event contains this word in any shown field."""
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


def _rows(db: Transaction, found: Sequence[AuditEvent]) -> list[AuditRow]:
    ids = [event.id for event in found]
    words: dict[int, dict[str, str]] = {}
    for row in db.scalars(select(AuditWords).where(AuditWords.event_id.in_(ids))):
        words.setdefault(row.event_id, {})[row.name] = row.text
    actors = {event.actor_id for event in found} - {None}
    people = db.execute(select(Person.id, Person.name).where(Person.id.in_(actors)))
    names = {row[0]: row[1] for row in people}
    return [AuditRow(e, words.get(e.id, {}), names.get(e.actor_id or 0, "")) for e in found]
