"""Tables of OAI-PMH records of public sessions and of audio clips."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now
from library.models.sessions import Source
from library.models.word_marks import NO_WORDS, OnRedaction, holds_words


class HarvestRecord(Base):
    """OAI-PMH record of a session. It is marked as deleted if the session is no longer public."""

    __tablename__ = "harvest_record"

    # no foreign key: a record is reported as deleted after its session was removed
    session_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    datestamp: Mapped[datetime] = mapped_column(index=True)  # last change, in whole seconds
    described_at: Mapped[datetime]  # last change of the session that `datestamp` covers
    deleted: Mapped[bool] = mapped_column(default=False)


class HarvestSet(Base):
    """Collection (an OAI-PMH set) that contains or contained a harvested session."""

    __tablename__ = "harvest_set"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("harvest_record.session_id", ondelete="CASCADE"), primary_key=True
    )
    collection_id: Mapped[int] = mapped_column(primary_key=True, index=True)


class Clip(Base):
    """Audio clip cut from a source. Clips are a cache: a missing file can be cut again."""

    __tablename__ = "clip"
    __table_args__ = (UniqueConstraint("source_id", "start_ms", "end_ms"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    start_ms: Mapped[int]  # milliseconds
    end_ms: Mapped[int]
    # SHA-256 of the audio file that the clip is cut from
    sound: Mapped[str] = mapped_column(String(64), info=holds_words(OnRedaction.ROW_GOES))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    made_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="", info=NO_WORDS)

    source: Mapped[Source] = relationship()
