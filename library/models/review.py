"""Review: how it stands with a session's quality, and what was said about it."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now
from library.models.kinds import ReviewAct, ReviewState
from library.models.people import Person


class Review(Base):
    """How it stands with the review of a session; without a row nobody has asked for one."""

    __tablename__ = "review"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[ReviewState] = mapped_column(default=ReviewState.SUBMITTED, index=True)
    reviewer_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    changed_at: Mapped[datetime] = mapped_column(default=now)  # when the state became this one

    reviewer: Mapped[Person | None] = relationship()


class ReviewEvent(Base):
    """What somebody did or said in the review of a session; only added to."""

    __tablename__ = "review_event"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )  # None: the library itself
    act: Mapped[ReviewAct]
    to_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )  # to whom it was given
    text: Mapped[str] = mapped_column(default="")


class Replacement(Base):
    """That another session has taken the place of this one."""

    __tablename__ = "replacement"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True
    )
    by_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    since: Mapped[date]
