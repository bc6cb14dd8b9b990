"""Editor's picks: moments that curators show above the list of a collection, with a reason.

A pick shows the present words of its moment. A viewer sees the pick only if the session is in the
collection and the viewer may see the session. If words at the moment are redacted after the choice,
the pick is hidden from all viewers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, literal, or_, select

from library import audit, collection_closure
from library.access import Viewer, require_curator, visible_sessions
from library.errors import InvalidInputError, NotFoundError
from library.models import (
    Collection,
    CollectionEntry,
    CollectionPick,
    MentoringSession,
    Passage,
    Redaction,
    Source,
)
from library.sessions import read_models
from library.sessions.passage_queries import passage_id_at
from library.store import Transaction

LONGEST = 500  # characters of a pick's sentence
MOST = 24  # picks of a collection


@dataclass(frozen=True, kw_only=True)
class VisiblePick:
    """Pick with the passage that a viewer sees."""

    pick: CollectionPick
    passage: Passage
    session: MentoringSession


def add(
    db: Transaction, viewer: Viewer, collection: Collection, passage_id: int, sentence: str
) -> CollectionPick:
    """Add a moment as the last pick of a collection.

    Raises:
        NotAllowedError: *viewer* is neither a curator of the collection nor an administrator.
        NotFoundError: the passage does not exist any more, or *viewer* may not see it.
        InvalidInputError: the session is not in the collection, or the collection has `MOST` picks.
    """
    require_curator(db, viewer, collection.id)
    passage = read_models.passage_for_address(db, viewer, passage_id)
    if not _is_inside(db, collection.id, passage.session_id):
        raise InvalidInputError(
            "Add the session to the collection first. Then pick a moment from it."
        )
    here = _all(db, collection.id)
    if len(here) >= MOST:
        raise InvalidInputError(
            "A collection has at most %(number)s picks. Remove one first.", number=MOST
        )
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
    """Set the order of a collection's picks. Remove the picks that *pick_ids* does not contain.

    Picks that *viewer* cannot see are not removed. They come last.

    Raises:
        NotAllowedError: *viewer* is neither a curator of the collection nor an administrator.
    """
    require_curator(db, viewer, collection.id)
    order, visible = list(pick_ids), {one.pick.id for one in shown(db, viewer, collection.id)}
    for place, pick in enumerate(_all(db, collection.id)):
        if pick.id in order or pick.id not in visible:
            pick.position = order.index(pick.id) if pick.id in order else len(order) + place
        else:
            _record(db, viewer, "collection.unpick", pick)
            db.delete(pick)
    db.flush()


def get(db: Transaction, collection_id: int, pick_id: int) -> CollectionPick:
    """Return a pick of a collection.

    Raises:
        NotFoundError: the pick does not exist.
    """
    pick = db.get(CollectionPick, pick_id)
    if pick is None or pick.collection_id != collection_id:
        raise NotFoundError("This pick does not exist any more. Reload the page.")
    return pick


def shown(db: Transaction, viewer: Viewer, collection_id: int) -> list[VisiblePick]:
    """Return the picks that *viewer* may see, in the curator's order."""
    found = []
    for pick in _all(db, collection_id):
        if _is_redacted(db, pick):
            continue
        passage = _passage_of(db, viewer, pick)
        if passage is not None and _is_inside(db, collection_id, passage.session_id):
            session = db.get_one(MentoringSession, passage.session_id)
            found.append(VisiblePick(pick=pick, passage=passage, session=session))
    return found


def _passage_of(db: Transaction, viewer: Viewer, pick: CollectionPick) -> Passage | None:
    """Return the present passage at a pick's moment, if *viewer* may see it."""
    moment = literal(pick.source_id), literal(pick.start, Passage.start.type), literal(pick.segment)
    return db.scalar(
        select(Passage)
        .join(MentoringSession, MentoringSession.id == Passage.session_id)
        .where(Passage.id == passage_id_at(*moment), visible_sessions(viewer))
    )


def _is_redacted(db: Transaction, pick: CollectionPick) -> bool:
    """Return whether words at a pick's moment were redacted after the pick was made.

    For a note, the result is True after any later redaction of the note.
    """
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
        CollectionEntry.collection_id.in_(collection_closure.inside(collection_id)),
    )
    return bool(db.scalar(query))


def passage_at(db: Transaction, session_id: int, start: float | None) -> int | None:
    """Return the id of the passage at second *start* of a session; None if there is none.

    The first source that has such a passage is used. With *start* None, the longest passage is
    returned.
    """
    for source in db.scalars(
        select(Source).where(Source.session_id == session_id).order_by(Source.id)
    ):
        for version in source.versions:
            if version.current and (found := read_models.passage_at(db, version.id, start)):
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
