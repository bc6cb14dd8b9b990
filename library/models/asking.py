"""What people asked, and what they keep asking."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now


class AskedQuestion(Base):
    """A question that somebody asked: their own history, which nobody else is shown."""

    __tablename__ = "asked_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    question: Mapped[str]
    filters: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # as an address holds them
    asked_at: Mapped[datetime] = mapped_column(default=now)


class SavedSearch(Base):
    """A question with its filters that somebody keeps under a name."""

    __tablename__ = "saved_search"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    question: Mapped[str]
    filters: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # as an address holds them
    created_at: Mapped[datetime] = mapped_column(default=now)
