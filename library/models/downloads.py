"""A copy of a person's own data, asked for by them and made by the worker."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now


class DataDownload(Base):
    """A request for a copy of one's own data, and the file that was made for it."""

    __tablename__ = "data_download"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    asked_at: Mapped[datetime] = mapped_column(default=now)
    made_at: Mapped[datetime | None]
    name: Mapped[str | None] = mapped_column(String(64))  # of the file, in the folder of downloads
    size: Mapped[int] = mapped_column(default=0)  # bytes
    session_ids: Mapped[list[Any]] = mapped_column(JSON, default=list)  # whose words are in it
    error: Mapped[str] = mapped_column(default="")
