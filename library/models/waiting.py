"""Of what that waits for somebody they were told by e-mail."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now


class ToldWaiting(Base):
    """That somebody was told of one thing that waits for them; gone when it waits no more."""

    __tablename__ = "told_waiting"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(200), primary_key=True)  # kind, session, moment
    told_at: Mapped[datetime] = mapped_column(default=now)
