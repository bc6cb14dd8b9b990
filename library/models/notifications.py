"""Table of tasks about which people were notified by e-mail."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now
from library.models.word_marks import NO_WORDS


class TaskNotification(Base):
    """Notification of a person about one open task. The row is deleted when the task is done."""

    __tablename__ = "told_waiting"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    # `Task.key`: kind of the task, session id and mark
    key: Mapped[str] = mapped_column(String(200), primary_key=True, info=NO_WORDS)
    told_at: Mapped[datetime] = mapped_column(default=now)
