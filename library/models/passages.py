"""Passages, their vectors, and what is gone."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base


class Passage(Base):
    """A few sentences by known speakers: the unit that is found.

    Rows are never edited and ids never used again, so an index can follow by id alone.
    """

    __tablename__ = "passage"
    __table_args__ = (UniqueConstraint("version_id", "ordinal"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(
        ForeignKey("transcript_version.id", ondelete="CASCADE"), index=True
    )
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    ordinal: Mapped[int]  # its place in the version
    first_segment: Mapped[int]  # ordinals in the version, both inclusive
    last_segment: Mapped[int]
    start: Mapped[float | None]  # seconds
    end: Mapped[float | None]
    text: Mapped[str]  # "Speaker: words" at each change of speaker; what is embedded
    speakers: Mapped[list[Any]] = mapped_column(
        JSON, default=list
    )  # [person id or None, name, words]


class Embedding(Base):
    """The vector of one passage by one model: float16, unit length, little-endian."""

    __tablename__ = "embedding"

    passage_id: Mapped[int] = mapped_column(
        ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class PassageRemoval(Base):
    """A passage that is gone: indexes read these, in the order of events, to hide it."""

    __tablename__ = "passage_removal"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    passage_id: Mapped[int] = mapped_column(index=True)

    # where its words were, so that its address leads to where they are now
    session_id: Mapped[int | None]
    source_id: Mapped[int | None]
    start: Mapped[float | None]  # seconds
    first_segment: Mapped[int | None]  # ordinal in the version of that time
