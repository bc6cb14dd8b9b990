"""OAI-PMH 2.0 records: public sessions, and deleted records of formerly public ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.orm import selectinload

from library.access import GUEST, visible_sessions
from library.models import (
    Collection,
    CollectionEntry,
    HarvestRecord,
    HarvestSet,
    MentoringSession,
    Participant,
    now,
)
from library.store import Library, Transaction

PORTION = 50  # records in one transaction
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Place = tuple[datetime, int]  # position in a list: datestamp and session id


@dataclass(frozen=True, kw_only=True)
class HarvestQuery:
    """Filter of a harvest request. A field with None does not filter."""

    since: datetime | None = None  # both times are inclusive
    until: datetime | None = None
    collection_id: int | None = None


def refresh(library: Library) -> None:
    """Update the records to the sessions that guests may see now.

    Access of guests changes for many reasons, such as the end of an embargo or a withdrawn consent.
    This function compares all records with the sessions. So other code need not report changes.
    """
    with library.reading() as db:
        public, known = _public(db), _known(db)
        changed = {i for i in public.keys() | known.keys() if public.get(i) != known.get(i)}
    if not changed:
        return
    ids = sorted(changed)
    for first in range(0, len(ids), PORTION):
        with library.transaction() as db:
            some = ids[first : first + PORTION]
            public, moment = _public(db, some), now().replace(microsecond=0)
            for session_id in some:
                _write(db, session_id, public.get(session_id), moment)


def earliest(db: Transaction) -> datetime:
    """Return a UTC time before which no record changed."""
    return db.scalar(select(func.min(HarvestRecord.datestamp))) or EPOCH


def records(
    db: Transaction, wanted: HarvestQuery, *, after: Place | None, limit: int
) -> Sequence[HarvestRecord]:
    """Return up to *limit* records that match *wanted*, by datestamp and session id.

    *after* is the position of the last record of the page before. None: the first page.
    """
    query = select(HarvestRecord).where(_asked(wanted))
    if after is not None:
        query = query.where(
            or_(
                HarvestRecord.datestamp > after[0],
                and_(HarvestRecord.datestamp == after[0], HarvestRecord.session_id > after[1]),
            )
        )
    return db.scalars(
        query.order_by(HarvestRecord.datestamp, HarvestRecord.session_id).limit(limit)
    ).all()


def count(db: Transaction, wanted: HarvestQuery) -> int:
    """Return the number of records that match *wanted*."""
    return db.scalar(select(func.count()).select_from(HarvestRecord).where(_asked(wanted))) or 0


def record(db: Transaction, session_id: int) -> HarvestRecord | None:
    """Return the record of a session that is or was public, or None."""
    return db.get(HarvestRecord, session_id)


def sets_of(db: Transaction, session_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return the collection ids of each record, by session id."""
    found: dict[int, list[int]] = {}
    rows = db.execute(
        select(HarvestSet.session_id, HarvestSet.collection_id)
        .where(HarvestSet.session_id.in_(session_ids))
        .order_by(HarvestSet.collection_id)
    )
    for session_id, collection_id in rows:
        found.setdefault(session_id, []).append(collection_id)
    return found


def public_sessions(db: Transaction, session_ids: Sequence[int]) -> dict[int, MentoringSession]:
    """Return those of the sessions that guests may see, by id, with people and sources loaded."""
    found = db.scalars(
        select(MentoringSession)
        .where(MentoringSession.id.in_(session_ids), visible_sessions(GUEST))
        .options(
            selectinload(MentoringSession.participants).selectinload(Participant.person),
            selectinload(MentoringSession.sources),
        )
    )
    return {session.id: session for session in found}


def public_collections(db: Transaction) -> Sequence[Collection]:
    """Return the collections with a session that guests may see, in the order of the library."""
    holding = (
        select(CollectionEntry.collection_id)
        .join(MentoringSession, MentoringSession.id == CollectionEntry.session_id)
        .where(visible_sessions(GUEST))
    )
    return db.scalars(
        select(Collection)
        .where(Collection.id.in_(holding))
        .order_by(Collection.position, Collection.id)
    ).all()


def _asked(wanted: HarvestQuery) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [HarvestRecord.session_id > 0]
    if wanted.since is not None:
        conditions.append(HarvestRecord.datestamp >= wanted.since)
    if wanted.until is not None:
        conditions.append(HarvestRecord.datestamp <= wanted.until)
    if wanted.collection_id is not None:
        inside = select(HarvestSet.session_id).where(
            HarvestSet.collection_id == wanted.collection_id
        )
        conditions.append(HarvestRecord.session_id.in_(inside))
    return and_(*conditions)


State = tuple[datetime, tuple[int, ...]]  # the session's last change, and the sets it is in


def _public(db: Transaction, session_ids: Sequence[int] | None = None) -> dict[int, State]:
    """Return (last change, collection ids) of sessions that guests may see, by session id.

    If *session_ids* is given, only these sessions are returned.
    """
    changes = select(MentoringSession.id, MentoringSession.updated_at).where(
        visible_sessions(GUEST)
    )
    entries = select(CollectionEntry.session_id, CollectionEntry.collection_id)
    if session_ids is not None:
        changes = changes.where(MentoringSession.id.in_(session_ids))
        entries = entries.where(CollectionEntry.session_id.in_(session_ids))
    return _states(db, changes, entries)


def _known(db: Transaction) -> dict[int, State]:
    changes = select(HarvestRecord.session_id, HarvestRecord.described_at).where(
        HarvestRecord.deleted.is_(False)
    )
    return _states(db, changes, select(HarvestSet.session_id, HarvestSet.collection_id))


def _states(
    db: Transaction,
    changes: "Select[int, datetime]",
    entries: "Select[int, int]",
) -> dict[int, State]:
    sets: dict[int, list[int]] = {}
    for session_id, collection_id in db.execute(entries):
        sets.setdefault(session_id, []).append(collection_id)
    return {i: (changed, tuple(sorted(sets.get(i, ())))) for i, changed in db.execute(changes)}


def _write(db: Transaction, session_id: int, state: State | None, moment: datetime) -> None:
    row = db.get(HarvestRecord, session_id)
    if state is None:
        if row is not None:
            row.deleted, row.datestamp = True, moment
        return
    if row is None:
        row = HarvestRecord(session_id=session_id)
        db.add(row)
    row.datestamp, row.described_at, row.deleted = moment, state[0], False
    db.flush()
    db.execute(delete(HarvestSet).where(HarvestSet.session_id == session_id))
    db.add_all(HarvestSet(session_id=session_id, collection_id=i) for i in state[1])
