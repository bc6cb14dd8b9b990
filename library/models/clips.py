"""Cuttings of recordings that somebody asked for."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now
from library.models.sessions import Source


class Clip(Base):
    """The sound of a source from one second to another: a cache, cut anew whenever it is gone."""

    __tablename__ = "clip"
    __table_args__ = (UniqueConstraint("source_id", "start_ms", "end_ms"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    start_ms: Mapped[int]  # milliseconds
    end_ms: Mapped[int]
    sound: Mapped[str] = mapped_column(String(64))  # SHA-256 of what it is cut from
    asked_at: Mapped[datetime] = mapped_column(default=now)
    made_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")

    source: Mapped[Source] = relationship()
