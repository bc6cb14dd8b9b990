"""Tables of bulk edits, merges of people, reviews, replacements and pinned answers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.accounts import Person
from library.models.base import Base, now
from library.models.enums import ReviewAct, ReviewState
from library.models.word_marks import HOLDS_WORDS, NO_WORDS, Quoting, holds_words


class BulkEdit(Base):
    """Bulk edit: the same change of many sessions. It can be undone."""

    __tablename__ = "bulk_edit"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    made_at: Mapped[datetime] = mapped_column(default=now)
    wishes: Mapped[list[Any]] = mapped_column(JSON, info=NO_WORDS)  # [field, number, value]
    # number of sessions to change
    sessions: Mapped[int] = mapped_column(default=0, server_default="0")
    undone_at: Mapped[datetime | None]  # when undoing began


class BulkChange(Base):
    """Change that a bulk edit made to one session: to a field, a topic or a collection."""

    __tablename__ = "bulk_change"

    edit_id: Mapped[int] = mapped_column(
        ForeignKey("bulk_edit.id", ondelete="CASCADE"), primary_key=True
    )
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    field: Mapped[str] = mapped_column(String(20), primary_key=True, info=NO_WORDS)
    number: Mapped[int] = mapped_column(primary_key=True)  # id of the collection or topic; else 0
    before: Mapped[Any] = mapped_column(JSON, info=NO_WORDS)
    after: Mapped[Any] = mapped_column(JSON, info=NO_WORDS)
    put_back: Mapped[bool | None]  # None: not undone yet; False: skipped by the undo


class PersonMerge(Base):
    """Merge of two people. `moved` lists the rows changed from `gone_id` to `kept_id`."""

    __tablename__ = "person_merge"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]
    moved: Mapped[dict[str, Any]] = mapped_column(JSON, info=NO_WORDS)  # by table: ids and states


class DistinctPeople(Base):
    """Pair of people confirmed to be different; `one_id` is the smaller id."""

    __tablename__ = "distinct_people"

    one_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Review(Base):
    """State of the review of a session. Without a row, no review was requested."""

    __tablename__ = "review"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[ReviewState] = mapped_column(default=ReviewState.SUBMITTED, index=True)
    reviewer_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    changed_at: Mapped[datetime] = mapped_column(default=now)  # when `state` last changed

    reviewer: Mapped[Person | None] = relationship()


class ReviewEvent(Base):
    """Action or comment in the review of a session. Rows are append-only."""

    __tablename__ = "review_event"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime] = mapped_column(default=now)
    # None: the system
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    act: Mapped[ReviewAct]
    # the new reviewer of an assignment
    to_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    text: Mapped[str] = mapped_column(
        default="", info=holds_words(quoting=Quoting(author="person_id", written="at"))
    )


class Replacement(Base):
    """Link from a superseded session to the session that replaces it."""

    __tablename__ = "replacement"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True
    )
    by_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    since: Mapped[date]


class PinnedAnswer(Base):
    """Passages that are shown first as the answer to certain questions."""

    __tablename__ = "pinned_answer"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    made_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    note: Mapped[str] = mapped_column(
        default="", info=holds_words(quoting=Quoting(author="made_by", written="updated_at"))
    )

    questions: Mapped[list["PinnedQuestion"]] = relationship(
        cascade="all, delete-orphan", order_by="PinnedQuestion.id"
    )
    passages: Mapped[list["PinnedPassage"]] = relationship(
        cascade="all, delete-orphan", order_by="PinnedPassage.position"
    )


class PinnedQuestion(Base):
    """Question for which a pinned answer is shown, or another wording of the question."""

    __tablename__ = "pinned_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    pin_id: Mapped[int] = mapped_column(
        ForeignKey("pinned_answer.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str] = mapped_column(
        info=holds_words(
            quoting=Quoting(
                author="pinned_answer.made_by", written="pinned_answer.updated_at", row_goes=True
            )
        )
    )
    folded: Mapped[str] = mapped_column(index=True, info=HOLDS_WORDS)  # case-folded words in order


class PinnedPassage(Base):
    """Passage of a pinned answer, with the SHA-256 of its text at the time of the choice."""

    __tablename__ = "pinned_passage"

    pin_id: Mapped[int] = mapped_column(
        ForeignKey("pinned_answer.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    passage_id: Mapped[int] = mapped_column(index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    text_sha256: Mapped[str] = mapped_column(String(64), info=HOLDS_WORDS)
