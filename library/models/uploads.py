"""Bytes on their way in."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now


class Upload(Base):
    """Bytes on their way in, piece by piece (tus 1.0)."""

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(300))
    size: Mapped[int | None]  # bytes, as announced; None while a recording grows
    received: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str | None] = mapped_column(String(64))  # once complete and kept
    session_id: Mapped[int | None]  # the session it became
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    # of a recording made in the browser: {seconds, chapters: [[start, title], …]}
    capture: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
