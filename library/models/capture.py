"""Tables of chapters, question scripts and uploads."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now
from library.models.word_marks import HOLDS_WORDS, NO_WORDS, OnRedaction, holds_words


class Chapter(Base):
    """Named moment of a recording, listed beside the player."""

    __tablename__ = "chapter"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    start: Mapped[float]  # seconds
    title: Mapped[str] = mapped_column(String(300), info=holds_words(OnRedaction.SHORTENED))


class QuestionScript(Base):
    """Ordered list of prompts for a recording."""

    __tablename__ = "question_script"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200), info=NO_WORDS)
    introduction: Mapped[str] = mapped_column(default="", info=NO_WORDS)
    prompts: Mapped[list[str]] = mapped_column(JSON, default=list, info=NO_WORDS)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Upload(Base):
    """Resumable upload of a file in several requests (tus 1.0)."""

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(String(40), primary_key=True, info=NO_WORDS)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(300), info=holds_words(OnRedaction.EMPTIED))
    size: Mapped[int | None]  # bytes, as announced; None while a browser still records
    received: Mapped[int] = mapped_column(default=0)
    # set when the file is complete and stored
    sha256: Mapped[str | None] = mapped_column(String(64), info=HOLDS_WORDS)
    session_id: Mapped[int | None]  # the session made from the upload
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    # details of a browser recording: {seconds, chapters: [[start, title], …]}
    capture: Mapped[dict[str, Any] | None] = mapped_column(
        JSON(none_as_null=True), info=holds_words(OnRedaction.EMPTIED)
    )
