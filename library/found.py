"""What is known of sessions that a search found: to count them, and to tell who asks there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from library.access import Viewer, visible_sessions
from library.models import (
    Collection,
    CollectionEntry,
    Form,
    MentoringSession,
    Part,
    Participant,
)
from library.store import Transaction


@dataclass(frozen=True, kw_only=True)
class SessionFacts:
    """What a session can be narrowed by."""

    held_on: date | None
    form: Form
    collections: frozenset[int]


def facts(db: Transaction, viewer: Viewer, session_ids: Iterable[int]) -> dict[int, SessionFacts]:
    """The facts of those of the sessions that *viewer* may see, by session id."""
    ids = set(session_ids)
    entries = db.execute(
        select(CollectionEntry.session_id, CollectionEntry.collection_id).where(
            CollectionEntry.session_id.in_(ids)
        )
    )
    shelves: dict[int, set[int]] = {}
    for session_id, collection_id in entries:
        shelves.setdefault(session_id, set()).add(collection_id)
    rows = db.execute(
        select(MentoringSession.id, MentoringSession.held_on, MentoringSession.form).where(
            MentoringSession.id.in_(ids), visible_sessions(viewer)
        )
    )
    return {
        row.id: SessionFacts(
            held_on=row.held_on,
            form=row.form,
            collections=frozenset(shelves.get(row.id, ())),
        )
        for row in rows
    }


def titles(db: Transaction, collection_ids: Iterable[int]) -> dict[int, str]:
    """The titles of collections, by id."""
    rows = db.execute(
        select(Collection.id, Collection.title).where(Collection.id.in_(set(collection_ids)))
    )
    return dict(rows.tuples().all())


def dates_of(db: Transaction, session_ids: Iterable[int]) -> dict[int, date | None]:
    """When sessions were held, by session id."""
    rows = db.execute(
        select(MentoringSession.id, MentoringSession.held_on).where(
            MentoringSession.id.in_(set(session_ids))
        )
    )
    return dict(rows.tuples().all())


def mentees(db: Transaction, session_ids: Iterable[int]) -> set[tuple[int, int]]:
    """Who took part as a mentee: (session id, person id)."""
    rows = db.execute(
        select(Participant.session_id, Participant.person_id).where(
            Participant.session_id.in_(set(session_ids)), Participant.part == Part.MENTEE
        )
    )
    return set(rows.tuples().all())
