"""Confirmed topics of the sessions that a viewer may see."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, select

from library.access import Viewer, visible_sessions
from library.models import MentoringSession, Passage, SessionTopic, Topic, TopicPassage, TopicState
from library.store import Transaction
from library.vocabulary import relations


def is_confirmed() -> ColumnElement[bool]:
    """Return the SQL condition on `SessionTopic` that the topic is confirmed."""
    return SessionTopic.state == TopicState.CONFIRMED


def confirmed(
    db: Transaction, viewer: Viewer, session_ids: Iterable[int]
) -> dict[int, list[Topic]]:
    """Return the confirmed topics by session id, sorted by label.

    Sessions that *viewer* may not see are left out.
    """
    rows = db.execute(
        select(SessionTopic.session_id, Topic)
        .join(Topic, Topic.id == SessionTopic.topic_id)
        .join(MentoringSession, MentoringSession.id == SessionTopic.session_id)
        .where(SessionTopic.session_id.in_(set(session_ids)), is_confirmed())
        .where(visible_sessions(viewer))
        .order_by(Topic.folded)
    )
    found: dict[int, list[Topic]] = {}
    for session_id, topic in rows:
        found.setdefault(session_id, []).append(topic)
    return found


def subjects(db: Transaction, viewer: Viewer, session_id: int) -> list[str]:
    """Return the labels of the confirmed topics of a session; none if *viewer* may not see it."""
    return [topic.label for topic in confirmed(db, viewer, [session_id]).get(session_id, [])]


def about(db: Transaction, topic_ids: Iterable[int]) -> Select[int]:
    """Return the query for ids of sessions about one of these topics or their narrower topics."""
    return select(SessionTopic.session_id).where(
        SessionTopic.topic_id.in_(relations.below(db, topic_ids)), is_confirmed()
    )


def ids_about(db: Transaction, topic_id: int) -> Sequence[int]:
    """Return the ids of all sessions about a topic or a narrower topic, without an access check."""
    return db.scalars(about(db, [topic_id])).all()


def sessions_about(
    db: Transaction, viewer: Viewer, topic_id: int, *, limit: int, before_id: int | None = None
) -> Sequence[MentoringSession]:
    """Return sessions about a topic or a narrower topic that *viewer* may see, newest first."""
    query = select(MentoringSession).where(
        MentoringSession.id.in_(about(db, [topic_id])), visible_sessions(viewer)
    )
    if before_id is not None:
        query = query.where(MentoringSession.id < before_id)
    return db.scalars(query.order_by(MentoringSession.id.desc()).limit(limit)).all()


def count_about(db: Transaction, viewer: Viewer, topic_id: int) -> int:
    """Count the sessions about a topic or a narrower topic that *viewer* may see."""
    query = select(func.count(MentoringSession.id)).where(
        MentoringSession.id.in_(about(db, [topic_id])), visible_sessions(viewer)
    )
    return db.scalar(query) or 0


def counts(db: Transaction, viewer: Viewer) -> dict[int, int]:
    """Return the number of sessions that *viewer* may see, by topic id.

    A session counts for its topics and for all their broader topics.
    """
    rows = db.execute(
        select(SessionTopic.topic_id, SessionTopic.session_id)
        .join(MentoringSession, MentoringSession.id == SessionTopic.session_id)
        .where(is_confirmed(), visible_sessions(viewer))
    ).all()
    direct: dict[int, set[int]] = {}
    for topic_id, session_id in rows:
        direct.setdefault(topic_id, set()).add(session_id)
    sessions_of: dict[int, set[int]] = {}
    for topic_id, ids in direct.items():
        for above in relations.above(db, topic_id):
            sessions_of.setdefault(above, set()).update(ids)
    return {topic_id: len(ids) for topic_id, ids in sessions_of.items()}


def proofs_about(
    db: Transaction, viewer: Viewer, topic_id: int, *, limit: int
) -> list[tuple[Passage, MentoringSession]]:
    """Return (passage, session) with the best passage about a topic of each session, best first.

    Sessions that *viewer* may not see are left out.
    """
    best = (
        select(TopicPassage.session_id, func.max(TopicPassage.score).label("score"))
        .join(
            SessionTopic,
            and_(
                SessionTopic.session_id == TopicPassage.session_id,
                SessionTopic.topic_id == TopicPassage.topic_id,
            ),
        )
        .where(TopicPassage.topic_id.in_(relations.below(db, [topic_id])), is_confirmed())
        .group_by(TopicPassage.session_id)
        .subquery()
    )
    rows = db.execute(
        select(Passage, MentoringSession)
        .join(TopicPassage, TopicPassage.passage_id == Passage.id)
        .join(
            best,
            and_(best.c.session_id == TopicPassage.session_id, best.c.score == TopicPassage.score),
        )
        .join(MentoringSession, MentoringSession.id == Passage.session_id)
        .where(visible_sessions(viewer))
        .order_by(best.c.score.desc(), Passage.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]
