"""Checkpoint of topic suggestion: processed sessions and sessions to process."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from library.models import Embedding, Passage, SessionTopic, TopicProgress, TopicState
from library.store import Transaction


@dataclass(frozen=True, kw_only=True)
class SuggestionCheckpoint:
    """Point that topic suggestion has reached, and from which the worker continues."""

    revision: int = 0  # revision of the vocabulary; 0: no vocabulary yet
    seen_revision: int = 0
    seen_passage_id: int = 0
    next_session_id: int = 0

    @property
    def starts_again(self) -> bool:
        """True if the vocabulary changed, so that all sessions must be processed again."""
        return self.seen_revision != self.revision


def changed(db: Transaction) -> None:
    """Increment the revision of the vocabulary, so that all sessions are processed again."""
    row = _row(db)
    row.revision, row.next_session_id = row.revision + 1, 0
    db.flush()


def current(db: Transaction) -> SuggestionCheckpoint:
    """Return the current checkpoint of topic suggestion."""
    row = db.get(TopicProgress, 1)
    if row is None:
        return SuggestionCheckpoint()
    return SuggestionCheckpoint(
        revision=row.revision,
        seen_revision=row.seen_revision,
        seen_passage_id=row.seen_passage_id,
        next_session_id=row.next_session_id,
    )


def is_behind(db: Transaction) -> bool:
    """Return True if topic suggestion still has to process a session."""
    at = current(db)
    newest = db.scalar(select(func.max(Passage.id))) or 0
    return at.revision > 0 and (at.starts_again or at.seen_passage_id < newest)


def next_batch(
    db: Transaction, at: SuggestionCheckpoint, *, limit: int
) -> tuple[list[int], SuggestionCheckpoint]:
    """Return the ids of the next sessions to process, and the checkpoint after them."""
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


def _all(
    db: Transaction, at: SuggestionCheckpoint, limit: int
) -> tuple[list[int], SuggestionCheckpoint]:
    """Return the next sessions of a pass over all sessions, and the checkpoint after them.

    Passages added during the pass have higher ids and are processed later.
    """
    seen = at.seen_passage_id
    if at.next_session_id == 0:
        seen = db.scalar(select(func.max(Passage.id))) or 0
    query = select(Passage.session_id).where(Passage.session_id > at.next_session_id).distinct()
    ids = list(db.scalars(query.order_by(Passage.session_id).limit(limit)))
    if len(ids) == limit:
        return ids, _moved(at, seen_passage_id=seen, next_session_id=ids[-1])
    done = _moved(at, seen_passage_id=seen, next_session_id=0)
    return ids, SuggestionCheckpoint(**{**vars(done), "seen_revision": at.revision})


def _moved(
    at: SuggestionCheckpoint, *, seen_passage_id: int, next_session_id: int | None = None
) -> SuggestionCheckpoint:
    return SuggestionCheckpoint(
        revision=at.revision,
        seen_revision=at.seen_revision,
        seen_passage_id=seen_passage_id,
        next_session_id=at.next_session_id if next_session_id is None else next_session_id,
    )


def save(db: Transaction, before: SuggestionCheckpoint, after: SuggestionCheckpoint) -> None:
    """Save the checkpoint *after* if the stored checkpoint still equals *before*."""
    if current(db) != before:
        return
    row = _row(db)
    row.seen_revision, row.next_session_id = after.seen_revision, after.next_session_id
    row.seen_passage_id = after.seen_passage_id
    db.flush()


def embedded_passages(
    db: Transaction, session_id: int, *, model: str, limit: int
) -> Sequence[tuple[int, str, bytes]]:
    """Return the first passages of a session with an embedding of *model*: id, text, vector.

    A vector is `(d,)` float16, as bytes.
    """
    rows = db.execute(
        select(Passage.id, Passage.text, Embedding.vector)
        .join(Embedding, (Embedding.passage_id == Passage.id) & (Embedding.model == model))
        .where(Passage.session_id == session_id)
        .order_by(Passage.id)
        .limit(limit)
    )
    return [(row.id, row.text, row.vector) for row in rows]


def topic_states(db: Transaction, session_id: int) -> dict[int, TopicState]:
    """Return the states of the topics of a session by topic id."""
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
