"""Who is told by e-mail of what waits for them: once for each thing, when it begins to wait."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from library.accounts import people
from library.models import Person, Role, ToldWaiting
from library.overview import waiting
from library.overview.waiting import Kind, Waiting
from library.store import Transaction

WRITTEN_ELSEWHERE = frozenset({Kind.REVIEW, Kind.WORK})
"""What a letter about the review itself tells."""


@dataclass(frozen=True, kw_only=True)
class News:
    """What began to wait for somebody since they were last told."""

    person_id: int
    name: str
    email: str
    waiting: Sequence[Waiting]


def news(db: Transaction) -> list[News]:
    """Whom to write to: people who sign in and have something waiting that they do not know of."""
    told = {(row.person_id, row.key) for row in db.scalars(select(ToldWaiting))}
    fresh = {person_id for person_id, key in waiting.candidates(db) - told}
    wanted = Person.id.in_(fresh) | (Person.role == Role.ADMIN)
    found = []
    query = select(Person).where(wanted, Person.email.is_not(None)).order_by(Person.id)
    for person in db.scalars(query):
        if not people.may_sign_in(person):
            continue
        new = [
            one
            for one in waiting.waits_for(db, people.viewer_of(person))
            if one.kind not in WRITTEN_ELSEWHERE and (person.id, one.key) not in told
        ]
        if new:
            found.append(
                News(person_id=person.id, name=person.name, email=person.email or "", waiting=new)
            )
    return found


def note(db: Transaction, person_id: int, told: Sequence[Waiting]) -> None:
    """Note that somebody was told of these."""
    for one in told:
        db.merge(ToldWaiting(person_id=person_id, key=one.key))
    db.flush()


def done(db: Transaction) -> list[tuple[int, str]]:
    """What people were told of and waits no more: person and key.

    Keys of kinds that are counted name the newest of many, which never comes twice.
    """
    counted = tuple(f"{kind}:" for kind in (Kind.JOINING, Kind.SOURCES))
    here = waiting.candidates(db)
    rows = db.execute(select(ToldWaiting.person_id, ToldWaiting.key)).all()
    return [
        (person_id, key)
        for person_id, key in rows
        if (person_id, key) not in here and not key.startswith(counted)
    ]


def forget(db: Transaction, told: Sequence[tuple[int, str]]) -> None:
    """Forget that people were told of these, so that they are told when it begins anew."""
    for person_id, key in told:
        same = (ToldWaiting.person_id == person_id) & (ToldWaiting.key == key)
        db.execute(delete(ToldWaiting).where(same))
