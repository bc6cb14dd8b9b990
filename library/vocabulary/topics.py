"""Vocabulary of topics, which administrators add, describe, arrange and remove.

A topic may have several broader topics (a polyhierarchy, as SKOS allows). For example, delegating
is narrower than leading and than time management. External vocabularies have this form too.
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
from library.vocabulary import confirmed_topics, labels, relations, suggestion_progress

LONGEST_DEFINITION = 2000
MOST_TOPICS = 5000


@dataclass(frozen=True, kw_only=True)
class Wording:
    """Label, definition and relations of a topic. A list that is None stays unchanged."""

    label: str
    definition: str = ""
    synonyms: Sequence[str] | None = None
    broader: Sequence[int] | None = None  # ids
    related: Sequence[int] | None = None


def get(db: Transaction, topic_id: int) -> Topic:
    """Return the topic with this id, or the topic that it was merged into.

    Raises:
        NotFoundError: The topic does not exist.
    """
    found = db.get(Topic, topic_id)
    while found is not None and found.merged_into_id is not None:
        found = db.get(Topic, found.merged_into_id)
    if found is None:
        raise NotFoundError("This topic was not found.")
    return found


def visible(db: Transaction, viewer: Viewer) -> Sequence[Topic]:
    """Return the topics that *viewer* may see, sorted by label, with all labels loaded.

    Members see the whole vocabulary. Guests see the confirmed topics of sessions that they may
    see, and the broader topics of these.
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
    query = (
        select(SessionTopic.topic_id)
        .join(MentoringSession, MentoringSession.id == SessionTopic.session_id)
        .where(confirmed_topics.is_confirmed(), visible_sessions(viewer))
    )
    return {i for topic_id in set(db.scalars(query)) for i in relations.above(db, topic_id)}


def visible_one(db: Transaction, viewer: Viewer, topic_id: int) -> Topic:
    """Return the topic with this id, if *viewer* may see it.

    Raises:
        NotFoundError: The topic does not exist, or *viewer* may not see it.
    """
    topic = get(db, topic_id)
    hidden = not viewer.is_member and not viewer.is_admin
    if hidden and topic.id not in _shown_to(db, viewer):
        raise NotFoundError("This topic was not found.")
    return topic


def to_change(db: Transaction, viewer: Viewer, topic_id: int) -> Topic:
    """Return the topic with this id, if *viewer* may change the vocabulary.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        NotFoundError: The topic does not exist.
    """
    require_admin(viewer)
    return get(db, topic_id)


def add(db: Transaction, viewer: Viewer, wanted: Wording, *, uri: str | None = None) -> Topic:
    """Add a topic to the vocabulary.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: The label is empty or too long, or the topic is narrower than itself.
        ConflictError: A topic with this label or synonym exists.
    """
    require_admin(viewer)
    topic = add_unaudited(db, wanted, uri=uri)
    _record(db, viewer, "topic.add", topic)
    return topic


def add_unaudited(db: Transaction, wanted: Wording, *, uri: str | None = None) -> Topic:
    """Add a topic without an audit event. The caller writes one event for several topics.

    Raises:
        InvalidInputError: The label or a relation is invalid, or the vocabulary is full.
        ConflictError: A topic with this label or synonym exists.
    """
    if (db.scalar(select(func.count(Topic.id))) or 0) >= MOST_TOPICS:
        raise InvalidInputError(
            "A vocabulary has at most %(most)s topics. Remove topics first.", most=MOST_TOPICS
        )
    label = labels.clean(wanted.label)
    _require_free(db, label, None)
    topic = Topic(label=label, folded=labels.fold(label), uri=uri)
    db.add(topic)
    db.flush()
    _write(db, topic, wanted)
    return topic


def describe(db: Transaction, viewer: Viewer, topic: Topic, wanted: Wording) -> None:
    """Change the label, definition, synonyms and relations of a topic.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        InvalidInputError: The label is empty or too long, or the topic is narrower than itself.
        ConflictError: Another topic has this label or synonym.
    """
    require_admin(viewer)
    label = labels.clean(wanted.label)
    _require_free(db, label, topic.id)
    topic.label, topic.folded = label, labels.fold(label)
    _write(db, topic, wanted)
    _record(db, viewer, "topic.describe", topic)


def remove(db: Transaction, viewer: Viewer, topic: Topic) -> None:
    """Remove a topic and all topics that were merged into it, also from sessions.

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
    suggestion_progress.changed(db)


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
    suggestion_progress.changed(db)


def touch_sessions(db: Transaction, topic_ids: Sequence[int]) -> None:
    """Update the change time of all sessions with these topics, for OAI-PMH harvesters."""
    about = select(SessionTopic.session_id).where(
        SessionTopic.topic_id.in_(topic_ids), confirmed_topics.is_confirmed()
    )
    touched = update(MentoringSession).where(MentoringSession.id.in_(about))
    db.execute(touched.values(updated_at=now()))


def touch(session: MentoringSession) -> None:
    """Set the change time of a session to now."""
    session.updated_at = now()


def by_name(db: Transaction, name: str) -> Topic | None:
    """Return the topic with this label or synonym, or None."""
    folded = labels.fold(name)
    found = db.scalar(select(Topic).where(Topic.folded == folded))
    if found is not None:
        return get(db, found.id)
    query = (
        select(Topic)
        .join(TopicLabel, TopicLabel.topic_id == Topic.id)
        .where(func.lower(TopicLabel.text) == folded, Topic.merged_into_id.is_(None))
    )
    return db.scalar(query.order_by(Topic.id).limit(1))


def _require_free(db: Transaction, label: str, topic_id: int | None) -> None:
    same = by_name(db, label)
    if same is not None and same.id != topic_id:
        raise ConflictError(
            "A topic with this name exists already: “%(label)s”. Choose another name.",
            label=same.label,
        )
    taken = db.scalar(select(Topic.id).where(Topic.folded == labels.fold(label)))
    if taken is not None and taken != topic_id:
        raise ConflictError(
            "“%(label)s” was merged into another topic. Undo that merge, or choose another name.",
            label=label,
        )


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
