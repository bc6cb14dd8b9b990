"""Topics: a controlled vocabulary (SKOS, W3C 2009), and which sessions are about them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now
from library.models.kinds import LabelKind, TopicState


class Topic(Base):
    """A term of the vocabulary; merged into another, it only leads there."""

    __tablename__ = "topic"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(120))  # preferred, in the library's language
    folded: Mapped[str] = mapped_column(String(120), unique=True)  # the label without its case
    definition: Mapped[str] = mapped_column(default="")
    uri: Mapped[str | None] = mapped_column(String(500), unique=True)  # elsewhere; None: ours
    starter: Mapped[bool] = mapped_column(default=False)  # of the vocabulary that comes with us
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"), index=True)

    labels: Mapped[list["TopicLabel"]] = relationship(
        cascade="all, delete-orphan", order_by="TopicLabel.text"
    )


class TopicLabel(Base):
    """Another name of a topic: a synonym, one that is only searched for, or a translation."""

    __tablename__ = "topic_label"

    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[LabelKind] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)  # BCP 47; empty: as usual
    text: Mapped[str] = mapped_column(String(120), primary_key=True)


class TopicBroader(Base):
    """A topic stands below a broader one; it may stand below several."""

    __tablename__ = "topic_broader"
    __table_args__ = (CheckConstraint("narrower_id != broader_id", name="not_itself"),)

    narrower_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True
    )
    broader_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class TopicRelated(Base):
    """Two topics that belong together; kept once, the smaller number first."""

    __tablename__ = "topic_related"
    __table_args__ = (CheckConstraint("one_id < other_id", name="in_order"),)

    one_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class SessionTopic(Base):
    """What a session is about: suggested by the machine, confirmed or declined by somebody.

    Only what is confirmed is shown to readers.
    """

    __tablename__ = "session_topic"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True
    )
    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    state: Mapped[TopicState] = mapped_column(default=TopicState.SUGGESTED)
    score: Mapped[float | None]  # of the suggestion, 0..1; None: somebody thought of it
    suggested_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))

    topic: Mapped[Topic] = relationship()


class TopicPassage(Base):
    """A passage that speaks for a session being about a topic."""

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
    """Two topics became one; what moved is kept, so that it can be undone."""

    __tablename__ = "topic_merge"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"), index=True)
    merged_at: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    undone_at: Mapped[datetime | None]
    before: Mapped[dict[str, Any]] = mapped_column(JSON)  # rows of both, as they were


class TopicProgress(Base):
    """How far the worker has looked for topics; a single row."""

    __tablename__ = "topic_progress"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)  # of the vocabulary
    seen_revision: Mapped[int] = mapped_column(default=0)  # with which all sessions were seen
    seen_passage_id: Mapped[int] = mapped_column(default=0)  # newer ones were not seen yet
    next_session_id: Mapped[int] = mapped_column(default=0)  # where a look at all of them goes on
