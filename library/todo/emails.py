"""E-mails about waiting tasks, sent once per task."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from library.accounts import people
from library.models import Person, Role, TaskNotification
from library.store import Transaction
from library.todo import items
from library.todo.items import Kind, Task

WRITTEN_ELSEWHERE = frozenset({Kind.REVIEW, Kind.WORK})
"""Kinds of tasks about which other code sends e-mails."""


@dataclass(frozen=True, kw_only=True)
class TaskNews:
    """Tasks about which a person has not been notified yet."""

    person_id: int
    name: str
    email: str
    waiting: Sequence[Task]


def news(db: Transaction) -> list[TaskNews]:
    """Return the new tasks of each person who can sign in and has an e-mail address."""
    notified = {(row.person_id, row.key) for row in db.scalars(select(TaskNotification))}
    fresh = {person_id for person_id, key in items.candidates(db) - notified}
    condition = Person.id.in_(fresh) | (Person.role == Role.ADMIN)
    found = []
    query = select(Person).where(condition, Person.email.is_not(None)).order_by(Person.id)
    for person in db.scalars(query):
        if not people.may_sign_in(person):
            continue
        new = [
            one
            for one in items.tasks_of(db, people.viewer_of(person))
            if one.kind not in WRITTEN_ELSEWHERE and (person.id, one.key) not in notified
        ]
        if new:
            found.append(
                TaskNews(
                    person_id=person.id, name=person.name, email=person.email or "", waiting=new
                )
            )
    return found


def record_told(db: Transaction, person_id: int, tasks: Sequence[Task]) -> None:
    """Record that a person was notified of tasks."""
    for one in tasks:
        db.merge(TaskNotification(person_id=person_id, key=one.key))
    db.flush()


def finished(db: Transaction) -> list[tuple[int, str]]:
    """Return (person id, key) of notifications whose task is done.

    Tasks that count items, such as account requests, are left out. Their key contains the newest
    item, so it is never used again.
    """
    counted = tuple(f"{kind}:" for kind in (Kind.JOINING, Kind.SOURCES))
    current = items.candidates(db)
    rows = db.execute(select(TaskNotification.person_id, TaskNotification.key)).all()
    return [
        (person_id, key)
        for person_id, key in rows
        if (person_id, key) not in current and not key.startswith(counted)
    ]


def forget(db: Transaction, notifications: Sequence[tuple[int, str]]) -> None:
    """Delete records of notifications, so that people are notified again if a task returns."""
    for person_id, key in notifications:
        same = (TaskNotification.person_id == person_id) & (TaskNotification.key == key)
        db.execute(delete(TaskNotification).where(same))
