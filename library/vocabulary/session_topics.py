"""What sessions are about: suggested by the machine, decided by people."""

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
from library.vocabulary import filed, topics

MOST_AT_ONCE = 100  # topics of a session


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A passage that speaks for a topic."""

    passage_id: int
    source_id: int
    start: float | None  # seconds; None in a note
    first_segment: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Said:
    """A topic of a session, and the passages that speak for it, best first."""

    topic: Topic
    state: TopicState
    score: float | None
    proofs: Sequence[Proof] = ()


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """What the machine found."""

    topic_id: int
    score: float  # 0..1
    passages: Sequence[tuple[int, float]]  # passage id, score


def said_of(db: Transaction, session: MentoringSession) -> list[Said]:
    """All that is suggested and decided about a session, for those who may classify it.

    What is confirmed comes first, then suggestions, the surest first. A suggestion whose
    passages are gone is no more.
    """
    rows = db.scalars(
        select(SessionTopic)
        .join(Topic, Topic.id == SessionTopic.topic_id)
        .where(SessionTopic.session_id == session.id)
        .order_by(SessionTopic.score.desc(), Topic.folded)
    ).all()
    proofs = _proofs(db, session.id)
    order = [TopicState.CONFIRMED, TopicState.SUGGESTED, TopicState.DECLINED]
    said = [
        Said(topic=r.topic, state=r.state, score=r.score, proofs=proofs.get(r.topic_id, ()))
        for r in rows
    ]
    alive = [s for s in said if s.proofs or s.state is not TopicState.SUGGESTED]
    return sorted(alive, key=lambda s: order.index(s.state))


def _proofs(db: Transaction, session_id: int) -> dict[int, list[Proof]]:
    rows = db.execute(
        select(TopicPassage.topic_id, Passage)
        .join(Passage, Passage.id == TopicPassage.passage_id)
        .where(TopicPassage.session_id == session_id)
        .order_by(TopicPassage.score.desc(), Passage.id)
    )
    found: dict[int, list[Proof]] = {}
    for topic_id, passage in rows:
        found.setdefault(topic_id, []).append(
            Proof(
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
    """Confirm or decline topics of a session; None takes a decision back to nothing.

    A topic that the machine did not think of can be confirmed as well.

    Raises:
        NotFoundError: there is no such session or topic for *viewer*.
        NotAllowedError: *viewer* neither owns nor curates it.
    """
    session = session_for(db, viewer, session_id)
    if not may_classify(db, viewer, session):
        raise NotAllowedError("Only its owner and its curators say what a session is about.")
    for topic_id, state in decisions.items():
        topic = topics.visible_one(db, viewer, topic_id)
        _decide(db, viewer, session, topic, state)
    db.flush()


def put(db: Transaction, viewer: Viewer, session_id: int, topic_ids: Sequence[int]) -> None:
    """Let a session be about exactly these: others that were confirmed are taken off it.

    Raises: as `decide` does.
    """
    if len(topic_ids) > MOST_AT_ONCE:
        raise InvalidInputError(f"A session has at most {MOST_AT_ONCE} topics.")
    wanted = {topics.visible_one(db, viewer, topic_id).id for topic_id in topic_ids}
    here = {t.id for t in filed.confirmed(db, viewer, [session_id]).get(session_id, [])}
    changes: dict[int, TopicState | None] = dict.fromkeys(wanted - here, TopicState.CONFIRMED)
    decide(db, viewer, session_id, changes | dict.fromkeys(here - wanted, TopicState.DECLINED))


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
    """Sessions that *viewer* may change and whose suggestions wait, the newest first."""
    alive = (
        select(TopicPassage.session_id)
        .where(
            TopicPassage.session_id == SessionTopic.session_id,
            TopicPassage.topic_id == SessionTopic.topic_id,
        )
        .exists()
    )
    open_ones = select(SessionTopic.session_id).where(
        SessionTopic.state == TopicState.SUGGESTED, alive
    )
    return db.scalars(
        select(MentoringSession)
        .where(MentoringSession.id.in_(open_ones), editable_sessions(viewer))
        .order_by(MentoringSession.id.desc())
        .limit(limit)
    ).all()


def save_suggestions(db: Transaction, session_id: int, found: Sequence[Suggestion]) -> None:
    """Put what the machine found now in the place of what it found before.

    Decisions of people stay; the passages that speak for what they confirmed are kept as well.
    """
    here = {
        row.topic_id: row
        for row in db.scalars(select(SessionTopic).where(SessionTopic.session_id == session_id))
    }
    db.execute(delete(TopicPassage).where(TopicPassage.session_id == session_id))
    new = {one.topic_id: one for one in found}
    for topic_id, row in here.items():
        if row.state is TopicState.SUGGESTED and topic_id not in new:
            db.delete(row)
    for topic_id, one in new.items():
        row = here.get(topic_id) or SessionTopic(
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
