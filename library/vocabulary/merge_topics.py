"""Merging of two topics, and undoing a merge."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, literal, or_, select
from sqlalchemy.dialects.sqlite import insert

from library import audit
from library.access import Viewer, require_admin
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import (
    LabelKind,
    MentoringSession,
    Person,
    SessionTopic,
    Topic,
    TopicBroader,
    TopicLabel,
    TopicMerge,
    TopicPassage,
    TopicRelated,
    TopicState,
    now,
)
from library.store import Transaction
from library.vocabulary import labels, relations, suggestion_progress, topics

RANK = {TopicState.SUGGESTED: 1, TopicState.DECLINED: 2, TopicState.CONFIRMED: 3}
DECISION_COLUMNS = ("state", "score", "suggested_at", "decided_at", "decided_by_id")
AT_ONCE = 500  # ids in one SQL statement
SHOWN = 20  # merges in the list


def merge(db: Transaction, viewer: Viewer, kept_id: int, gone_id: int) -> TopicMerge:
    """Merge the topic *gone_id* into *kept_id*: labels, relations and session decisions.

    If a session has decisions for both topics, confirmed wins over declined. The URL of the merged
    topic redirects to the other topic.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: One of the topics does not exist.
        InvalidInputError: Both ids mean the same topic.
    """
    require_admin(viewer)
    kept, gone = topics.get(db, kept_id), topics.get(db, gone_id)
    if kept.id == gone.id:
        raise InvalidInputError("Choose two different topics.")
    topics.touch_sessions(db, [kept.id, gone.id])
    before: dict[str, Any] = {
        "labels": _take_labels(db, kept, gone),
        "relations": _take_relations(db, kept, gone),
        "sessions": _take_sessions(db, kept, gone),
    }
    gone.merged_into_id = kept.id
    done = TopicMerge(kept_id=kept.id, gone_id=gone.id, person_id=viewer.person_id, before=before)
    db.add(done)
    db.flush()
    suggestion_progress.changed(db)
    _record(db, viewer, "topic.merge", done)
    return done


def undo(db: Transaction, viewer: Viewer, merge_id: int) -> Topic:
    """Undo a merge of two topics. Later decisions stay with the remaining topic.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: The merge does not exist.
        ConflictError: The merge is undone already, or a later merge must be undone first.
    """
    require_admin(viewer)
    done = db.get(TopicMerge, merge_id)
    if done is None:
        raise NotFoundError("This merge was not found. Reload the page.")
    kept, gone = db.get_one(Topic, done.kept_id), db.get_one(Topic, done.gone_id)
    if done.undone_at is not None:
        raise ConflictError("This merge is undone already.")
    if gone.merged_into_id != kept.id or kept.merged_into_id is not None:
        raise ConflictError("One of the topics was merged again later. Undo that merge first.")
    gone.merged_into_id = None
    for kind, language, text in done.before["labels"]:
        if (label := db.get(TopicLabel, (kept.id, kind, language, text))) is not None:
            db.delete(label)
    _give_back_relations(db, done.before["relations"])
    _give_back_sessions(db, done)
    done.undone_at = now()
    db.flush()
    topics.touch_sessions(db, [kept.id, gone.id])
    suggestion_progress.changed(db)
    _record(db, viewer, "topic.unmerge", done)
    return gone


def recent(db: Transaction) -> Sequence[TopicMerge]:
    """Return the latest merges that can be undone, newest first."""
    query = select(TopicMerge).where(TopicMerge.undone_at.is_(None))
    return db.scalars(query.order_by(TopicMerge.id.desc()).limit(SHOWN)).all()


def _take_labels(db: Transaction, kept: Topic, gone: Topic) -> list[tuple[str, str, str]]:
    """Add the labels of *gone* to *kept*; return (kind, language, text) of the new labels."""
    names = [(LabelKind.ALTERNATIVE, "", gone.label)]
    names += [
        # a language has one preferred label
        (
            LabelKind.ALTERNATIVE if one.kind is LabelKind.PREFERRED else one.kind,
            one.language,
            one.text,
        )
        for one in gone.labels
    ]
    known = {labels.fold(kept.label), *(labels.fold(one.text) for one in kept.labels)}
    added = []
    for kind, language, text in names:
        if labels.fold(text) not in known:
            known.add(labels.fold(text))
            db.add(TopicLabel(topic_id=kept.id, kind=kind, language=language, text=text))
            added.append((kind.value, language, text))
    db.flush()
    db.expire(kept, ["labels"])
    return added


def _take_relations(db: Transaction, kept: Topic, gone: Topic) -> dict[str, list[list[int]]]:
    """Move the relations of *gone* to *kept*; return the removed and the added relations.

    The values are lists of id pairs. `below` (narrower, broader) and `beside` (related) are the
    removed pairs. `new_below` and `new_beside` are the added pairs.
    """
    either = or_(TopicBroader.narrower_id == gone.id, TopicBroader.broader_id == gone.id)
    below = [[r.narrower_id, r.broader_id] for r in db.scalars(select(TopicBroader).where(either))]
    beside = [[gone.id, other] for other in relations.related_to(db, gone.id)]
    db.execute(delete(TopicBroader).where(either))
    pair = or_(TopicRelated.one_id == gone.id, TopicRelated.other_id == gone.id)
    db.execute(delete(TopicRelated).where(pair))
    new_below, new_beside = [], []
    for narrower, broader in below:
        one = kept.id if narrower == gone.id else narrower
        other = kept.id if broader == gone.id else broader
        known = db.get(TopicBroader, (one, other)) is not None
        if not known and one not in relations.above(db, other):
            db.add(TopicBroader(narrower_id=one, broader_id=other))
            db.flush()
            new_below.append([one, other])
    here = {kept.id, *relations.related_to(db, kept.id)}
    for _, other in beside:
        if other not in here:
            first, second = sorted((kept.id, other))
            db.add(TopicRelated(one_id=first, other_id=second))
            new_beside.append([first, second])
    db.flush()
    return {"below": below, "beside": beside, "new_below": new_below, "new_beside": new_beside}


def _take_sessions(db: Transaction, kept: Topic, gone: Topic) -> list[dict[str, Any]]:
    """Move the sessions of *gone* to *kept*. Return the former rows of both topics."""
    mine, theirs = _decisions_on(db, kept.id), _decisions_on(db, gone.id)
    wins = [
        {**row, "topic_id": kept.id}
        for session_id, row in theirs.items()
        if (other := mine.get(session_id)) is None or _rank(row) > _rank(other)
    ]
    _put(db, wins)
    db.execute(delete(SessionTopic).where(SessionTopic.topic_id == gone.id))
    proofs = select(
        literal(kept.id), TopicPassage.passage_id, TopicPassage.session_id, TopicPassage.score
    ).where(TopicPassage.topic_id == gone.id)
    columns = ["topic_id", "passage_id", "session_id", "score"]
    taken = insert(TopicPassage).from_select(columns, proofs).on_conflict_do_nothing()
    db.execute(taken)
    db.execute(delete(TopicPassage).where(TopicPassage.topic_id == gone.id))
    return [{"gone": row, "kept": mine.get(session_id)} for session_id, row in theirs.items()]


def _give_back_relations(db: Transaction, kept: dict[str, list[list[int]]]) -> None:
    for narrower, broader in kept["new_below"]:
        if (below := db.get(TopicBroader, (narrower, broader))) is not None:
            db.delete(below)
    for one, other in kept["new_beside"]:
        if (beside := db.get(TopicRelated, (one, other))) is not None:
            db.delete(beside)
    db.flush()
    here = set(db.scalars(select(Topic.id).where(Topic.merged_into_id.is_(None))))
    for narrower, broader in kept["below"]:
        if {narrower, broader} <= here and narrower not in relations.above(db, broader):
            db.merge(TopicBroader(narrower_id=narrower, broader_id=broader))
            db.flush()
    for pair in kept["beside"]:
        if {*pair} <= here:
            first, second = sorted(pair)
            db.merge(TopicRelated(one_id=first, other_id=second))
    db.flush()


def _give_back_sessions(db: Transaction, done: TopicMerge) -> None:
    session_ids, people = (
        set(db.scalars(select(MentoringSession.id))),
        set(db.scalars(select(Person.id))),
    )
    mine = _decisions_on(db, done.kept_id)
    to_delete, restored = [], []
    for pair in done.before["sessions"]:
        session_id = pair["gone"]["session_id"]
        if session_id not in session_ids:
            continue
        if (row_now := mine.get(session_id)) is not None and not _is_since(row_now, done.merged_at):
            if pair["kept"] is None:
                to_delete.append(session_id)
            else:
                restored.append({**pair["kept"], "topic_id": done.kept_id})
        restored.append(pair["gone"])
    for first in range(0, len(to_delete), AT_ONCE):
        some = SessionTopic.session_id.in_(to_delete[first : first + AT_ONCE])
        db.execute(delete(SessionTopic).where(SessionTopic.topic_id == done.kept_id, some))
    _put(db, [row | _decided_by(row, people) for row in restored])


def _decisions_on(db: Transaction, topic_id: int) -> dict[int, dict[str, Any]]:
    """Return the `SessionTopic` rows of a topic by session id, as JSON values."""
    rows = db.execute(
        select(*SessionTopic.__table__.columns).where(SessionTopic.topic_id == topic_id)
    )
    return {
        row.session_id: {
            "session_id": row.session_id,
            "topic_id": topic_id,
            "state": row.state.value,
            "score": row.score,
            "suggested_at": row.suggested_at.isoformat() if row.suggested_at else None,
            "decided_at": row.decided_at.isoformat() if row.decided_at else None,
            "decided_by_id": row.decided_by_id,
        }
        for row in rows
    }


def _put(db: Transaction, plain: Sequence[dict[str, Any]]) -> None:
    """Insert `SessionTopic` rows. Replace existing rows of the same session and topic."""
    rows = [
        {
            **row,
            "state": TopicState(row["state"]),
            "suggested_at": _moment(row["suggested_at"]),
            "decided_at": _moment(row["decided_at"]),
        }
        for row in plain
    ]
    if rows:
        new = insert(SessionTopic)
        values = {name: new.excluded[name] for name in DECISION_COLUMNS}
        written = new.on_conflict_do_update(index_elements=["session_id", "topic_id"], set_=values)
        db.execute(written, rows)
        db.expire_all()


def _rank(plain: dict[str, Any]) -> int:
    return RANK[TopicState(plain["state"])]


def _is_since(plain: dict[str, Any], merged_at: datetime) -> bool:
    decided = _moment(plain["decided_at"])
    return decided is not None and decided > merged_at


def _decided_by(plain: dict[str, Any], people: Collection[int]) -> dict[str, Any]:
    known = plain["decided_by_id"] in people
    return {"decided_by_id": plain["decided_by_id"] if known else None}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _record(db: Transaction, viewer: Viewer, action: str, done: TopicMerge) -> None:
    audit.record(
        db,
        viewer.person_id,
        action,
        ("topic", done.kept_id),
        detail={"other": done.gone_id},
        address=viewer.address,
    )
