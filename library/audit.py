"""Audit log, append-only: person, action, subject and network address of each event."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from library.models import AuditEvent, AuditWords, now
from library.store import Transaction, note

ADMIN_READ = "session.read-by-admin"
ADMIN_FOUND = "session.found-by-admin"
LONGEST = 500  # characters of a text that belongs to an event
AT_ONCE = 500  # subjects in one SQL statement
READING = timedelta(hours=1)  # repeated reading within this time is one event

Subject = tuple[str, int | None]  # its kind, such as "session", and its id


def record(
    db: Transaction,
    actor_id: int | None,
    action: str,
    subject: Subject = ("", None),
    *,
    detail: dict[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
    address: str = "",
) -> AuditEvent:
    """Write an audit event and return it.

    Args:
        db: transaction of the action, so that the action and its event are committed together.
        actor_id: id of the person who acted; None if the actor has no account.
        action: the action, as `subject.verb`.
        subject: kind and id of the subject.
        detail: numbers and values, never words of a session.
        words: texts by name, such as a reason that a person wrote. Texts can be removed later.
        address: network address of the person.
    """
    event = _event(actor_id, action, subject, detail or {}, address)
    db.add(event)
    db.flush()
    for name, text in (words or {}).items():
        if text:
            db.add(AuditWords(event_id=event.id, name=name, text=text[:LONGEST]))
    db.flush()
    return event


def _event(
    actor_id: int | None, action: str, subject: Subject, detail: dict[str, Any], address: str
) -> AuditEvent:
    return AuditEvent(
        actor_id=actor_id,
        action=action,
        subject_kind=subject[0],
        subject_id=subject[1],
        detail=detail,
        address=address[:60],
    )


def record_once(
    db: Transaction, actor_id: int, action: str, subjects: Sequence[Subject], *, address: str
) -> None:
    """Write an event for each subject, unless the same event was written within the last hour.

    The events are written when the transaction *db* ends.
    """

    def new_ones(of: Transaction) -> list[Subject]:
        written: set[Subject] = set()
        for first in range(0, len(subjects), AT_ONCE):
            some = subjects[first : first + AT_ONCE]
            same = select(AuditEvent.subject_kind, AuditEvent.subject_id).where(
                AuditEvent.actor_id == actor_id,
                AuditEvent.action == action,
                AuditEvent.subject_kind.in_({kind for kind, _ in some}),
                AuditEvent.subject_id.in_([number for _, number in some]),
                AuditEvent.at > now() - READING,
            )
            written.update((kind, number) for kind, number in of.execute(same))
        return [subject for subject in subjects if subject not in written]

    def write(writing: Transaction) -> None:
        writing.add_all(
            _event(actor_id, action, subject, {}, address) for subject in new_ones(writing)
        )
        writing.flush()

    if new_ones(db):
        note(db, write)


def events_of(
    db: Transaction, subject: Subject, *, actions: Collection[str] = (), limit: int = 100
) -> Sequence[AuditEvent]:
    """Return the newest *limit* events of a subject, newest first.

    If *actions* is not empty, only events of these actions are returned.
    """
    query = (
        select(AuditEvent)
        .where(AuditEvent.subject_kind == subject[0], AuditEvent.subject_id == subject[1])
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )
    if actions:
        query = query.where(AuditEvent.action.in_(actions))
    return db.scalars(query).all()
