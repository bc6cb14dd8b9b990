"""What was taken off the record, what is kept sealed, and what must still go from the disk."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now
from library.models.kinds import Originals, Remains


class Redaction(Base):
    """A stretch of a source that is off the record: no later transcript may fill it again.

    It says where, never what. A note has no times, so its rows only say that something went.
    """

    __tablename__ = "redaction"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    start: Mapped[float | None]  # seconds
    end: Mapped[float | None]
    originals: Mapped[Originals]  # what becomes of the original
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    trimmed_at: Mapped[datetime | None]  # when the sound had lost it; until then nobody hears it


class SealedOriginal(Base):
    """An original as it was before something in it was taken off the record, encrypted."""

    __tablename__ = "sealed_original"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    # None: sealed before this was kept. The table says ON DELETE SET NULL, as migration 0022 made
    # it; SQLite does not tell that of a reference in its column.
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"), index=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)  # of the encrypted file
    filename: Mapped[str] = mapped_column(String(300))  # as it was called
    size: Mapped[int]  # bytes, before it was encrypted
    sealed_at: Mapped[datetime] = mapped_column(default=now)


class Removal(Base):
    """A removal for good: when it was, by when the disk has to be free of it, and since when it is.

    Numbers, keyed hashes and times only, never words: the row outlives what it is about.
    """

    __tablename__ = "removal"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))  # session, part, stretch, sound, person, voice
    session_id: Mapped[int | None]
    person_id: Mapped[int | None]  # whose account or voice it was
    sources: Mapped[list[int]] = mapped_column(JSON, default=list)  # ids
    # of the removed files: {"hash": keyed, see `holdings.fingerprints`, "size": bytes}
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    copies: Mapped[list[int]] = mapped_column(JSON, default=list)  # sessions with the same bytes
    uploads: Mapped[int] = mapped_column(default=0)  # waiting ones of the same bytes that went too
    receipt_id: Mapped[int | None] = mapped_column(index=True)
    removed_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime]  # when nothing of it may be on the disk any more
    completed_at: Mapped[datetime | None] = mapped_column(index=True)


class Erasure(Base):
    """Something that must still go from the disk.

    Written in the transaction that takes it out of the library, so that a process which is killed
    in between leaves behind what the next one has to finish.
    """

    __tablename__ = "erasure"
    # Rows are read, done, and removed by number afterwards: one that was done meanwhile by another
    # process must not have given its number to a new one.
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    removal_id: Mapped[int | None] = mapped_column(index=True)  # None: planned before 0028
    what: Mapped[Remains]
    name: Mapped[str] = mapped_column(String(80), default="")  # a hash, an id, or a file's name


class RecordedRemoval(Base):
    """A removal as the removal record has it: numbers, keyed hashes and dates, never a word.

    The record is a file outside the database, and a row without `written_at` is a line that it
    still lacks.
    """

    __tablename__ = "recorded_removal"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    written_at: Mapped[datetime | None]
