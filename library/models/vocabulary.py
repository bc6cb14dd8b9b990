"""Tables of topics (a controlled vocabulary, SKOS, W3C 2009) and of the topics of sessions."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now
from library.models.enums import LabelKind, TopicState
from library.models.word_marks import NO_WORDS


class Topic(Base):
    """Topic of the vocabulary. A merged topic only redirects to `merged_into_id`."""

    __tablename__ = "topic"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    # preferred label in the library's language
    label: Mapped[str] = mapped_column(String(120), info=NO_WORDS)
    # the case-folded label
    folded: Mapped[str] = mapped_column(String(120), unique=True, info=NO_WORDS)
    definition: Mapped[str] = mapped_column(default="", info=NO_WORDS)
    # URI in an external vocabulary; None: a topic of this library
    uri: Mapped[str | None] = mapped_column(String(500), unique=True, info=NO_WORDS)
    starter: Mapped[bool] = mapped_column(default=False)  # part of the starter vocabulary
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"), index=True)

    labels: Mapped[list["TopicLabel"]] = relationship(
        cascade="all, delete-orphan", order_by="TopicLabel.text"
    )


class TopicLabel(Base):
    """Additional label of a topic: a synonym, a hidden label or a translation."""

    __tablename__ = "topic_label"

    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[LabelKind] = mapped_column(primary_key=True)
    # BCP 47; empty: the library's language
    language: Mapped[str] = mapped_column(String(12), primary_key=True, info=NO_WORDS)
    text: Mapped[str] = mapped_column(String(120), primary_key=True, info=NO_WORDS)


class TopicBroader(Base):
    """Relation of a topic to a broader topic. A topic may have several broader topics."""

    __tablename__ = "topic_broader"
    __table_args__ = (CheckConstraint("narrower_id != broader_id", name="not_itself"),)

    narrower_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True
    )
    broader_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class TopicRelated(Base):
    """Pair of related topics, stored once with the smaller id first."""

    __tablename__ = "topic_related"
    __table_args__ = (CheckConstraint("one_id < other_id", name="in_order"),)

    one_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class SessionTopic(Base):
    """Topic of a session: suggested by the model, confirmed or declined by a person.

    Only confirmed topics are shown to readers.
    """

    __tablename__ = "session_topic"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True
    )
    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    state: Mapped[TopicState] = mapped_column(default=TopicState.SUGGESTED)
    score: Mapped[float | None]  # score of the suggestion, 0..1; None: added by a person
    suggested_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))

    topic: Mapped[Topic] = relationship()


class TopicPassage(Base):
    """Passage that is evidence for a topic of its session."""

    __tablename__ = "topic_passage"

    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True
    )
    passage_id: Mapped[int] = mapped_column(
        ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    score: Mapped[float]


class TopicMerge(Base):
    """Merge of two topics. `before` holds the former rows of both topics, to undo the merge."""

    __tablename__ = "topic_merge"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"), index=True)
    merged_at: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    undone_at: Mapped[datetime | None]
    # rows of both topics before the merge
    before: Mapped[dict[str, Any]] = mapped_column(JSON, info=NO_WORDS)


class TopicProgress(Base):
    """Checkpoint of the worker's topic suggestion. The table has a single row."""

    __tablename__ = "topic_progress"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)  # revision of the vocabulary
    # the vocabulary revision of the last complete pass
    seen_revision: Mapped[int] = mapped_column(default=0)
    seen_passage_id: Mapped[int] = mapped_column(default=0)  # newer passages were not processed yet
    # id of the session with which a pass over all sessions continues
    next_session_id: Mapped[int] = mapped_column(default=0)
