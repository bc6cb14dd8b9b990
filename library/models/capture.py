"""What guides a recording, and what was marked while it was made."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now


class Chapter(Base):
    """A place in a recording with a name: marked by a key, or by ticking a prompt."""

    __tablename__ = "chapter"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    start: Mapped[float]  # seconds
    title: Mapped[str] = mapped_column(String(300))


class QuestionScript(Base):
    """Prompts that lead somebody through telling, in their order."""

    __tablename__ = "question_script"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    introduction: Mapped[str] = mapped_column(default="")
    prompts: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(default=now)
