"""An editor's pick: moments that a collection's curators put before its list, and why.

A pick shows what is said there now. It is gone for whoever may not see the session, when the
session leaves the collection, and for all when something at that moment was taken off the record.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from library import audit, nested
from library.access import Viewer, require_curator, visible_sessions
from library.errors import InvalidInputError, NotFoundError
from library.holdings import reading
from library.models import (
    Collection,
    CollectionEntry,
    CollectionPick,
    MentoringSession,
    Passage,
    Redaction,
    Source,
)
from library.store import Transaction

LONGEST = 500  # characters of a sentence
MOST = 24  # picks of a collection


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A pick as a reader sees it."""

    pick: CollectionPick
    passage: Passage
    session: MentoringSession


def add(
    db: Transaction, viewer: Viewer, collection: Collection, passage_id: int, sentence: str
) -> CollectionPick:
    """Put a moment behind the picks of a collection.

    Raises:
        NotAllowedError: *viewer* is neither one of its curators nor an administrator.
        NotFoundError: *viewer* may not see the passage, or it is gone.
        InvalidInputError: its session is not in the collection, or there are too many.
    """
    require_curator(db, viewer, collection.id)
    passage = reading.place_of(db, viewer, passage_id)
    if not _is_inside(db, collection.id, passage.session_id):
        raise InvalidInputError("Put the session into the collection first; then pick from it.")
    here = _all(db, collection.id)
    if len(here) >= MOST:
        raise InvalidInputError(f"A collection has at most {MOST} picks. Take one out first.")
    pick = CollectionPick(
        collection_id=collection.id,
        source_id=passage.source_id,
        segment=passage.first_segment,
        start=passage.start,
        end=passage.end,
        sentence=" ".join(sentence.split())[:LONGEST],
        position=max((one.position for one in here), default=0) + 1,
        person_id=viewer.person_id,
    )
    db.add(pick)
    db.flush()
    _record(db, viewer, "collection.pick", pick)
    return pick


def arrange(
    db: Transaction, viewer: Viewer, collection: Collection, pick_ids: Sequence[int]
) -> None:
    """Let a collection have exactly these of its picks, in this order.

    What *viewer* does not see stays, behind the others.

    Raises:
        NotAllowedError: *viewer* is neither one of its curators nor an administrator.
    """
    require_curator(db, viewer, collection.id)
    order, seen = list(pick_ids), {one.pick.id for one in shown(db, viewer, collection.id)}
    for place, pick in enumerate(_all(db, collection.id)):
        if pick.id in order or pick.id not in seen:
            pick.position = order.index(pick.id) if pick.id in order else len(order) + place
        else:
            _record(db, viewer, "collection.unpick", pick)
            db.delete(pick)
    db.flush()


def get(db: Transaction, collection_id: int, pick_id: int) -> CollectionPick:
    """A pick of a collection.

    Raises:
        NotFoundError: there is none.
    """
    pick = db.get(CollectionPick, pick_id)
    if pick is None or pick.collection_id != collection_id:
        raise NotFoundError("This pick is not there any more.")
    return pick


def shown(db: Transaction, viewer: Viewer, collection_id: int) -> list[Shown]:
    """The picks that *viewer* may see, in the curator's order."""
    found = []
    for pick in _all(db, collection_id):
        if _lost(db, pick):
            continue
        passage = _passage_of(db, viewer, pick)
        if passage is not None and _is_inside(db, collection_id, passage.session_id):
            session = db.get_one(MentoringSession, passage.session_id)
            found.append(Shown(pick=pick, passage=passage, session=session))
    return found


def _passage_of(db: Transaction, viewer: Viewer, pick: CollectionPick) -> Passage | None:
    """What is said there now, where *viewer* may see it."""
    timed = pick.start is not None
    begins = Passage.start if timed else Passage.first_segment
    there = pick.start if timed else pick.segment
    return db.scalar(
        select(Passage)
        .join(MentoringSession, MentoringSession.id == Passage.session_id)
        .where(Passage.source_id == pick.source_id, visible_sessions(viewer))
        # the last that begins no later, or else the first
        .order_by((begins <= there).desc(), func.abs(begins - there))
        .limit(1)
    )


def _lost(db: Transaction, pick: CollectionPick) -> bool:
    """Whether something there went off the record since; a note does not say where."""
    since = select(Redaction.id).where(
        Redaction.source_id == pick.source_id, Redaction.made_at >= pick.created_at
    )
    if pick.start is not None and pick.end is not None:
        nowhere = or_(Redaction.start.is_(None), Redaction.end.is_(None))
        since = since.where(
            or_(nowhere, (Redaction.start < pick.end) & (Redaction.end > pick.start))
        )
    return db.scalar(since.limit(1)) is not None


def _all(db: Transaction, collection_id: int) -> Sequence[CollectionPick]:
    query = select(CollectionPick).where(CollectionPick.collection_id == collection_id)
    return db.scalars(query.order_by(CollectionPick.position, CollectionPick.id)).all()


def _is_inside(db: Transaction, collection_id: int, session_id: int) -> bool:
    query = select(func.count()).where(
        CollectionEntry.session_id == session_id,
        CollectionEntry.collection_id.in_(nested.inside(collection_id)),
    )
    return bool(db.scalar(query))


def passage_at(db: Transaction, session_id: int, start: float | None) -> int | None:
    """The passage that is said at a second of a session's first source with words."""
    for source in db.scalars(
        select(Source).where(Source.session_id == session_id).order_by(Source.id)
    ):
        for version in source.versions:
            if version.current and (found := reading.passage_at(db, version.id, start)):
                return found.id
    return None


def _record(db: Transaction, viewer: Viewer, action: str, pick: CollectionPick) -> None:
    audit.record(
        db,
        viewer.person_id,
        action,
        ("collection", pick.collection_id),
        detail={"source": pick.source_id, "segment": pick.segment},
        address=viewer.address,
    )
