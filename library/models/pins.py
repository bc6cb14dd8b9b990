"""Answers that a curator chose for questions that many ask."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now


class PinnedAnswer(Base):
    """Passages that are shown first where one of these questions is asked."""

    __tablename__ = "pinned_answer"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    made_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    note: Mapped[str] = mapped_column(default="")

    questions: Mapped[list["PinnedQuestion"]] = relationship(
        cascade="all, delete-orphan", order_by="PinnedQuestion.id"
    )
    passages: Mapped[list["PinnedPassage"]] = relationship(
        cascade="all, delete-orphan", order_by="PinnedPassage.position"
    )


class PinnedQuestion(Base):
    """A question, or another way of asking it."""

    __tablename__ = "pinned_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    pin_id: Mapped[int] = mapped_column(
        ForeignKey("pinned_answer.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str]
    folded: Mapped[str] = mapped_column(index=True)  # its words, in order, without their case


class PinnedPassage(Base):
    """A passage of such an answer, as its words were when it was chosen."""

    __tablename__ = "pinned_passage"

    pin_id: Mapped[int] = mapped_column(
        ForeignKey("pinned_answer.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    passage_id: Mapped[int] = mapped_column(index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    text_sha256: Mapped[str] = mapped_column(String(64))
