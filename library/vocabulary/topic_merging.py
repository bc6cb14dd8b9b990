"""Two topics become one, and two again when that was a mistake."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select

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
from library.vocabulary import labels, relations, topic_progress, topics

RANK = {None: 0, TopicState.SUGGESTED: 1, TopicState.DECLINED: 2, TopicState.CONFIRMED: 3}
SHOWN = 20  # merges


def merge(db: Transaction, viewer: Viewer, kept_id: int, gone_id: int) -> TopicMerge:
    """Let one topic take in another: its names, its place, and what was decided with it.

    Where both were decided of a session, confirmed wins over declined. The address of the one
    that is gone leads to the other.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: there is no such topic.
        InvalidInputError: they are the same.
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
    topic_progress.changed(db)
    _record(db, viewer, "topic.merge", done)
    return done


def undo(db: Transaction, viewer: Viewer, merge_id: int) -> Topic:
    """Part two topics again; what people decided since stays with the one that was kept.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: there was no such merge.
        ConflictError: it is undone already, or a later one has to be undone first.
    """
    require_admin(viewer)
    done = db.get(TopicMerge, merge_id)
    if done is None:
        raise NotFoundError("There was no such merge.")
    kept, gone = db.get_one(Topic, done.kept_id), db.get_one(Topic, done.gone_id)
    if done.undone_at is not None:
        raise ConflictError("This merge is undone already.")
    if gone.merged_into_id != kept.id or kept.merged_into_id is not None:
        raise ConflictError("One of the two was merged again since. Undo that first.")
    gone.merged_into_id = None
    for kind, language, text in done.before["labels"]:
        if (label := db.get(TopicLabel, (kept.id, kind, language, text))) is not None:
            db.delete(label)
    _give_back_relations(db, done.before["relations"])
    _give_back_sessions(db, done)
    done.undone_at = now()
    db.flush()
    topics.touch_sessions(db, [kept.id, gone.id])
    topic_progress.changed(db)
    _record(db, viewer, "topic.unmerge", done)
    return gone


def recent(db: Transaction) -> Sequence[TopicMerge]:
    """The latest merges that can be undone, newest first."""
    query = select(TopicMerge).where(TopicMerge.undone_at.is_(None))
    return db.scalars(query.order_by(TopicMerge.id.desc()).limit(SHOWN)).all()


def _take_labels(db: Transaction, kept: Topic, gone: Topic) -> list[tuple[str, str, str]]:
    """Give *kept* the names of *gone*; gives those that are new to it."""
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
    """Put *kept* in the place of *gone*; gives the relations that went and those that came."""
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
    """Move what was said with *gone* to *kept*; gives both as they were."""
    before = []
    for row in db.scalars(select(SessionTopic).where(SessionTopic.topic_id == gone.id)).all():
        mine = db.get(SessionTopic, (row.session_id, kept.id))
        before.append({"gone": _plain(row), "kept": _plain(mine) if mine else None})
        if mine is None:
            db.add(_row({**_plain(row), "topic_id": kept.id}))
        elif RANK[row.state] > RANK[mine.state]:
            _write(mine, _plain(row))
        db.delete(row)
    proofs = select(TopicPassage).where(TopicPassage.topic_id == gone.id)
    for proof in db.scalars(proofs).all():
        if db.get(TopicPassage, (kept.id, proof.passage_id)) is None:
            db.add(
                TopicPassage(
                    topic_id=kept.id,
                    passage_id=proof.passage_id,
                    session_id=proof.session_id,
                    score=proof.score,
                )
            )
        db.delete(proof)
    db.flush()
    return before


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
    for pair in done.before["sessions"]:
        session_id = pair["gone"]["session_id"]
        if db.get(MentoringSession, session_id) is None:
            continue
        mine = db.get(SessionTopic, (session_id, done.kept_id))
        since = (
            mine is not None and mine.decided_at is not None and mine.decided_at > done.merged_at
        )
        if mine is not None and not since:
            if pair["kept"] is None:
                db.delete(mine)
            else:
                _write(mine, pair["kept"])
        theirs = _row(pair["gone"])
        if theirs.decided_by_id is not None and db.get(Person, theirs.decided_by_id) is None:
            theirs.decided_by_id = None
        db.merge(theirs)
    db.flush()


def _plain(row: SessionTopic) -> dict[str, Any]:
    return {
        "session_id": row.session_id,
        "topic_id": row.topic_id,
        "state": row.state.value,
        "score": row.score,
        "suggested_at": row.suggested_at.isoformat() if row.suggested_at else None,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "decided_by_id": row.decided_by_id,
    }


def _row(plain: dict[str, Any]) -> SessionTopic:
    row = SessionTopic(session_id=plain["session_id"], topic_id=plain["topic_id"])
    _write(row, plain)
    return row


def _write(row: SessionTopic, plain: dict[str, Any]) -> None:
    row.state, row.score = TopicState(plain["state"]), plain["score"]
    row.suggested_at = _moment(plain["suggested_at"])
    row.decided_at = _moment(plain["decided_at"])
    row.decided_by_id = plain["decided_by_id"]


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
