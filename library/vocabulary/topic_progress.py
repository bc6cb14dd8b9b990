"""How far topics were suggested: what there is to look at, and what was looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from library.models import Embedding, Passage, SessionTopic, TopicProgress, TopicState
from library.store import Transaction


@dataclass(frozen=True, kw_only=True)
class Looked:
    """How far somebody has come."""

    revision: int = 0  # of the vocabulary; 0: there is none
    seen_revision: int = 0
    seen_passage_id: int = 0
    next_session_id: int = 0

    @property
    def starts_again(self) -> bool:
        """Whether every session has to be looked at, because the vocabulary is another."""
        return self.seen_revision != self.revision


def changed(db: Transaction) -> None:
    """Note that the vocabulary is another: all sessions are looked at again."""
    row = _row(db)
    row.revision, row.next_session_id = row.revision + 1, 0
    db.flush()


def looked(db: Transaction) -> Looked:
    """How far it is."""
    row = db.get(TopicProgress, 1)
    if row is None:
        return Looked()
    return Looked(
        revision=row.revision,
        seen_revision=row.seen_revision,
        seen_passage_id=row.seen_passage_id,
        next_session_id=row.next_session_id,
    )


def is_behind(db: Transaction) -> bool:
    """Whether there is a session to look at."""
    at = looked(db)
    newest = db.scalar(select(func.max(Passage.id))) or 0
    return at.revision > 0 and (at.starts_again or at.seen_passage_id < newest)


def ahead(db: Transaction, at: Looked, *, limit: int) -> tuple[list[int], Looked]:
    """The sessions to look at next, and how far one has come when that is done."""
    if at.starts_again:
        return _all(db, at, limit)
    newer = (
        select(Passage.id, Passage.session_id)
        .where(Passage.id > at.seen_passage_id)
        .order_by(Passage.id)
        .limit(limit * 50)
    )
    rows = db.execute(newer).all()
    ids = list(dict.fromkeys(row.session_id for row in rows))[:limit]
    seen = at.seen_passage_id
    for row in rows:
        if row.session_id not in ids:
            break
        seen = row.id
    return ids, _moved(at, seen_passage_id=seen)


def _all(db: Transaction, at: Looked, limit: int) -> tuple[list[int], Looked]:
    """The same, on a look at all sessions; those who come meanwhile are newer."""
    seen = at.seen_passage_id
    if at.next_session_id == 0:
        seen = db.scalar(select(func.max(Passage.id))) or 0
    query = select(Passage.session_id).where(Passage.session_id > at.next_session_id).distinct()
    ids = list(db.scalars(query.order_by(Passage.session_id).limit(limit)))
    if len(ids) == limit:
        return ids, _moved(at, seen_passage_id=seen, next_session_id=ids[-1])
    done = _moved(at, seen_passage_id=seen, next_session_id=0)
    return ids, Looked(**{**vars(done), "seen_revision": at.revision})


def _moved(at: Looked, *, seen_passage_id: int, next_session_id: int | None = None) -> Looked:
    return Looked(
        revision=at.revision,
        seen_revision=at.seen_revision,
        seen_passage_id=seen_passage_id,
        next_session_id=at.next_session_id if next_session_id is None else next_session_id,
    )


def note(db: Transaction, before: Looked, after: Looked) -> None:
    """Keep how far it is, unless somebody changed the vocabulary or came further meanwhile."""
    if looked(db) != before:
        return
    row = _row(db)
    row.seen_revision, row.next_session_id = after.seen_revision, after.next_session_id
    row.seen_passage_id = after.seen_passage_id
    db.flush()


def rows_of(
    db: Transaction, session_id: int, *, model: str, limit: int
) -> Sequence[tuple[int, str, bytes]]:
    """The first passages of a session that *model* has embedded: id, text, vector."""
    rows = db.execute(
        select(Passage.id, Passage.text, Embedding.vector)
        .join(Embedding, (Embedding.passage_id == Passage.id) & (Embedding.model == model))
        .where(Passage.session_id == session_id)
        .order_by(Passage.id)
        .limit(limit)
    )
    return [(row.id, row.text, row.vector) for row in rows]


def states(db: Transaction, session_id: int) -> dict[int, TopicState]:
    """What stands with a session, by topic."""
    rows = db.scalars(select(SessionTopic).where(SessionTopic.session_id == session_id))
    return {row.topic_id: row.state for row in rows}


def _row(db: Transaction) -> TopicProgress:
    found = db.get(TopicProgress, 1)
    if found is None:
        found = TopicProgress(
            id=1, revision=0, seen_revision=0, seen_passage_id=0, next_session_id=0
        )
        db.add(found)
    return found
