"""Topics of sessions: suggested by the model, confirmed or declined by people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from library import audit
from library.access import Viewer, editable_sessions, may_classify, session_for
from library.errors import InvalidInputError, NotAllowedError
from library.models import (
    MentoringSession,
    Passage,
    SessionTopic,
    Topic,
    TopicPassage,
    TopicState,
    now,
)
from library.store import Transaction
from library.vocabulary import confirmed_topics, topics

MOST_AT_ONCE = 100  # topics of a session


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Passage that is evidence for a topic."""

    passage_id: int
    source_id: int
    start: float | None  # seconds; None in a note
    first_segment: int
    text: str


@dataclass(frozen=True, kw_only=True)
class SessionTopicEvidence:
    """Topic of a session with its evidence, best passage first."""

    topic: Topic
    state: TopicState
    score: float | None
    proofs: Sequence[Evidence] = ()


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """Topic that the model suggests for a session."""

    topic_id: int
    score: float  # 0..1
    passages: Sequence[tuple[int, float]]  # passage id, score


def topics_with_evidence(db: Transaction, session: MentoringSession) -> list[SessionTopicEvidence]:
    """Return all topics of a session with their evidence, for the page that confirms topics.

    Confirmed topics come first, then suggestions, then declined topics, each by descending score.
    Suggestions without remaining passages are left out.
    """
    rows = db.scalars(
        select(SessionTopic)
        .join(Topic, Topic.id == SessionTopic.topic_id)
        .where(SessionTopic.session_id == session.id)
        .order_by(SessionTopic.score.desc(), Topic.folded)
    ).all()
    proofs = _proofs(db, session.id)
    order = [TopicState.CONFIRMED, TopicState.SUGGESTED, TopicState.DECLINED]
    entries = [
        SessionTopicEvidence(
            topic=r.topic, state=r.state, score=r.score, proofs=proofs.get(r.topic_id, ())
        )
        for r in rows
    ]
    relevant = [s for s in entries if s.proofs or s.state is not TopicState.SUGGESTED]
    return sorted(relevant, key=lambda s: order.index(s.state))


def _proofs(db: Transaction, session_id: int) -> dict[int, list[Evidence]]:
    rows = db.execute(
        select(TopicPassage.topic_id, Passage)
        .join(Passage, Passage.id == TopicPassage.passage_id)
        .where(TopicPassage.session_id == session_id)
        .order_by(TopicPassage.score.desc(), Passage.id)
    )
    found: dict[int, list[Evidence]] = {}
    for topic_id, passage in rows:
        found.setdefault(topic_id, []).append(
            Evidence(
                passage_id=passage.id,
                source_id=passage.source_id,
                start=passage.start,
                first_segment=passage.first_segment,
                text=passage.text,
            )
        )
    return found


def decide(
    db: Transaction,
    viewer: Viewer,
    session_id: int,
    decisions: Mapping[int, TopicState | None],
) -> None:
    """Confirm or decline topics of a session. A state of None undoes a decision.

    A topic that the model did not suggest can be confirmed too.

    Raises:
        NotFoundError: *viewer* may not see the session or a topic.
        NotAllowedError: *viewer* is neither the owner nor a curator of the session.
    """
    session = session_for(db, viewer, session_id)
    if not may_classify(db, viewer, session):
        raise NotAllowedError("Only the owner and curators can change the topics of a session.")
    for topic_id, state in decisions.items():
        topic = topics.visible_one(db, viewer, topic_id)
        _decide(db, viewer, session, topic, state)
    db.flush()


def replace_confirmed(
    db: Transaction, viewer: Viewer, session_id: int, topic_ids: Sequence[int]
) -> None:
    """Set the confirmed topics of a session; decline confirmed topics that are not listed.

    Raises:
        InvalidInputError: More than `MOST_AT_ONCE` topics are given.
        NotFoundError: *viewer* may not see the session or a topic.
        NotAllowedError: *viewer* is neither the owner nor a curator of the session.
    """
    if len(topic_ids) > MOST_AT_ONCE:
        raise InvalidInputError(
            "A session has at most %(most)s topics. Choose fewer topics.", most=MOST_AT_ONCE
        )
    new_ids = {topics.visible_one(db, viewer, topic_id).id for topic_id in topic_ids}
    confirmed_ids = {
        t.id for t in confirmed_topics.confirmed(db, viewer, [session_id]).get(session_id, [])
    }
    changes: dict[int, TopicState | None] = dict.fromkeys(
        new_ids - confirmed_ids, TopicState.CONFIRMED
    )
    decide(
        db,
        viewer,
        session_id,
        changes | dict.fromkeys(confirmed_ids - new_ids, TopicState.DECLINED),
    )


def _decide(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    topic: Topic,
    state: TopicState | None,
) -> None:
    row = db.get(SessionTopic, (session.id, topic.id))
    before = row.state if row is not None else None
    if before is state:
        return
    if row is None:
        row = SessionTopic(session_id=session.id, topic_id=topic.id)
        db.add(row)
    if state is None and row.suggested_at is None:
        db.delete(row)
    else:
        row.state = state or TopicState.SUGGESTED
        row.decided_at = now() if state is not None else None
        row.decided_by_id = viewer.person_id if state is not None else None
    if TopicState.CONFIRMED in {before, state}:
        topics.touch(session)
    audit.record(
        db,
        viewer.person_id,
        "topic.decide",
        ("session", session.id),
        detail={"topic": topic.id, "state": state.value if state else "open"},
        address=viewer.address,
    )


def to_decide(db: Transaction, viewer: Viewer, *, limit: int) -> Sequence[MentoringSession]:
    """Return sessions with open suggestions that *viewer* may change, newest first."""
    has_evidence = (
        select(TopicPassage.session_id)
        .where(
            TopicPassage.session_id == SessionTopic.session_id,
            TopicPassage.topic_id == SessionTopic.topic_id,
        )
        .exists()
    )
    open_ones = select(SessionTopic.session_id).where(
        SessionTopic.state == TopicState.SUGGESTED, has_evidence
    )
    return db.scalars(
        select(MentoringSession)
        .where(MentoringSession.id.in_(open_ones), editable_sessions(viewer))
        .order_by(MentoringSession.id.desc())
        .limit(limit)
    ).all()


def save_suggestions(db: Transaction, session_id: int, found: Sequence[Suggestion]) -> None:
    """Replace the suggestions of the model for a session.

    Decisions of people stay. Confirmed topics that are suggested again get new evidence.
    """
    existing = {
        row.topic_id: row
        for row in db.scalars(select(SessionTopic).where(SessionTopic.session_id == session_id))
    }
    db.execute(delete(TopicPassage).where(TopicPassage.session_id == session_id))
    new = {one.topic_id: one for one in found}
    for topic_id, row in existing.items():
        if row.state is TopicState.SUGGESTED and topic_id not in new:
            db.delete(row)
    for topic_id, one in new.items():
        row = existing.get(topic_id) or SessionTopic(
            session_id=session_id, topic_id=topic_id, state=TopicState.SUGGESTED
        )
        db.add(row)
        if row.state is not TopicState.DECLINED:
            row.score, row.suggested_at = one.score, row.suggested_at or now()
            db.add_all(
                TopicPassage(
                    topic_id=topic_id, passage_id=passage_id, session_id=session_id, score=score
                )
                for passage_id, score in one.passages
            )
    db.flush()
