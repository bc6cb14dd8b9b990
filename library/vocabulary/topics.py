"""The vocabulary of topics: added, described, arranged and removed by administrators.

A topic may stand below several broader ones (a polyhierarchy, as SKOS allows): delegating is a
part of leading and a part of managing one's time, and vocabularies of others come like that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import selectinload

from library import audit
from library.access import Viewer, require_admin, visible_sessions
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import LabelKind, MentoringSession, SessionTopic, Topic, TopicLabel, now
from library.store import Transaction
from library.vocabulary import filed, labels, relations, topic_progress

LONGEST_DEFINITION = 2000
MOST_TOPICS = 5000


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What is said of a topic; None leaves a list as it is."""

    label: str
    definition: str = ""
    synonyms: Sequence[str] | None = None
    broader: Sequence[int] | None = None  # ids
    related: Sequence[int] | None = None


def get(db: Transaction, topic_id: int) -> Topic:
    """The topic with this id, or the one that it was merged into.

    Raises:
        NotFoundError: there is none.
    """
    found = db.get(Topic, topic_id)
    while found is not None and found.merged_into_id is not None:
        found = db.get(Topic, found.merged_into_id)
    if found is None:
        raise NotFoundError("There is no topic here.")
    return found


def visible(db: Transaction, viewer: Viewer) -> Sequence[Topic]:
    """The topics that *viewer* may know of, by label, with their labels loaded.

    Members know the vocabulary; guests, what is said of sessions that they may see, and what is
    broader than that.
    """
    query = (
        select(Topic)
        .where(Topic.merged_into_id.is_(None))
        .order_by(Topic.folded)
        .options(selectinload(Topic.labels))
    )
    if not viewer.is_member and not viewer.is_admin:
        query = query.where(Topic.id.in_(_shown_to(db, viewer)))
    return db.scalars(query).all()


def _shown_to(db: Transaction, viewer: Viewer) -> set[int]:
    said = (
        select(SessionTopic.topic_id)
        .join(MentoringSession, MentoringSession.id == SessionTopic.session_id)
        .where(filed.is_confirmed(), visible_sessions(viewer))
    )
    return {i for topic_id in set(db.scalars(said)) for i in relations.above(db, topic_id)}


def visible_one(db: Transaction, viewer: Viewer, topic_id: int) -> Topic:
    """The topic with this id, where *viewer* may know of it.

    Raises:
        NotFoundError: there is none, or none for *viewer*; the two look the same.
    """
    topic = get(db, topic_id)
    hidden = not viewer.is_member and not viewer.is_admin
    if hidden and topic.id not in _shown_to(db, viewer):
        raise NotFoundError("There is no topic here.")
    return topic


def to_change(db: Transaction, viewer: Viewer, topic_id: int) -> Topic:
    """The topic with this id, for somebody who may change it.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: there is none.
    """
    require_admin(viewer)
    return get(db, topic_id)


def add(db: Transaction, viewer: Viewer, wanted: Wording, *, uri: str | None = None) -> Topic:
    """A new topic.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: it has no label, or stands below itself.
        ConflictError: there is a topic with this label or synonym.
    """
    require_admin(viewer)
    topic = put(db, wanted, uri=uri)
    _record(db, viewer, "topic.add", topic)
    return topic


def put(db: Transaction, wanted: Wording, *, uri: str | None = None) -> Topic:
    """A new topic that is brought along with others; whoever does it writes the audit log.

    Raises: as `add` does.
    """
    if (db.scalar(select(func.count(Topic.id))) or 0) >= MOST_TOPICS:
        raise InvalidInputError(f"A vocabulary has at most {MOST_TOPICS} topics.")
    label = labels.clean(wanted.label)
    _require_free(db, label, None)
    topic = Topic(label=label, folded=labels.fold(label), uri=uri)
    db.add(topic)
    db.flush()
    _write(db, topic, wanted)
    return topic


def describe(db: Transaction, viewer: Viewer, topic: Topic, wanted: Wording) -> None:
    """Write what is said of a topic.

    Raises: as `add` does.
    """
    require_admin(viewer)
    label = labels.clean(wanted.label)
    _require_free(db, label, topic.id)
    topic.label, topic.folded = label, labels.fold(label)
    _write(db, topic, wanted)
    _record(db, viewer, "topic.describe", topic)


def remove(db: Transaction, viewer: Viewer, topic: Topic) -> None:
    """Remove a topic, and what was merged into it; the sessions lose it.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    touch_sessions(db, [topic.id])
    for merged in db.scalars(select(Topic).where(Topic.merged_into_id == topic.id)).all():
        remove(db, viewer, merged)
    _record(db, viewer, "topic.remove", topic)
    db.delete(topic)
    db.flush()
    topic_progress.changed(db)


def _write(db: Transaction, topic: Topic, wanted: Wording) -> None:
    topic.definition = wanted.definition.strip()[:LONGEST_DEFINITION]
    topic.updated_at = now()
    if wanted.synonyms is not None:
        others = [
            one for one in topic.labels if one.kind is not LabelKind.ALTERNATIVE or one.language
        ]
        known = {one.text: one for one in topic.labels if one not in others}
        topic.labels = [
            *others,
            *(
                known.get(text) or TopicLabel(kind=LabelKind.ALTERNATIVE, language="", text=text)
                for text in labels.synonyms(topic.label, wanted.synonyms)
            ),
        ]
    db.flush()
    if wanted.broader is not None:
        relations.set_broader(db, topic, wanted.broader)
    if wanted.related is not None:
        relations.set_related(db, topic, wanted.related)
    touch_sessions(db, [topic.id])
    topic_progress.changed(db)


def touch_sessions(db: Transaction, topic_ids: Sequence[int]) -> None:
    """Let harvesters know that the subjects of these topics' sessions have changed."""
    about = select(SessionTopic.session_id).where(
        SessionTopic.topic_id.in_(topic_ids), filed.is_confirmed()
    )
    touched = update(MentoringSession).where(MentoringSession.id.in_(about))
    db.execute(touched.values(updated_at=now()))


def touch(session: MentoringSession) -> None:
    """Let a session count as described anew."""
    session.updated_at = now()


def by_name(db: Transaction, name: str) -> Topic | None:
    """The topic with this label or synonym."""
    folded = labels.fold(name)
    found = db.scalar(select(Topic).where(Topic.folded == folded))
    if found is not None:
        return get(db, found.id)
    also = (
        select(Topic)
        .join(TopicLabel, TopicLabel.topic_id == Topic.id)
        .where(func.lower(TopicLabel.text) == folded, Topic.merged_into_id.is_(None))
    )
    return db.scalar(also.order_by(Topic.id).limit(1))


def _require_free(db: Transaction, label: str, topic_id: int | None) -> None:
    same = by_name(db, label)
    if same is not None and same.id != topic_id:
        raise ConflictError(f"There is a topic for this already: “{same.label}”.")
    taken = db.scalar(select(Topic.id).where(Topic.folded == labels.fold(label)))
    if taken is not None and taken != topic_id:
        raise ConflictError(f"“{label}” was merged into another topic. Undo that first.")


def _record(db: Transaction, viewer: Viewer, action: str, topic: Topic) -> None:
    detail = {"label": topic.label}
    audit.record(
        db,
        viewer.person_id,
        action,
        ("topic", topic.id),
        detail=detail,
        address=viewer.address,
    )
