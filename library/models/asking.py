"""What people asked, and what they keep asking."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now
from library.models.kinds import Rhythm


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
    rhythm: Mapped[Rhythm] = mapped_column(default=Rhythm.NEVER)  # of letters about what is new
    told_at: Mapped[datetime | None]  # until when, and up to which passage, they were told
    told_passage: Mapped[int] = mapped_column(default=0)


class ToldMoment(Base):
    """A stretch of a source that a letter about a saved search has told of; never told again."""

    __tablename__ = "told_moment"

    search_id: Mapped[int] = mapped_column(
        ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True
    )
    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    first: Mapped[float] = mapped_column(primary_key=True)  # seconds; in a note, segments
    last: Mapped[float]


class UnsubscribeLink(Base):
    """A link in a letter that ends the letters about a saved search; kept as a hash."""

    __tablename__ = "unsubscribe_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    search_id: Mapped[int] = mapped_column(
        ForeignKey("saved_search.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
