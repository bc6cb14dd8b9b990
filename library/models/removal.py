"""Tables of redactions, sealed originals, removals and erasures."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now
from library.models.enums import ErasureKind, Originals
from library.models.word_marks import HOLDS_WORDS, NO_WORDS


class Redaction(Base):
    """Range of a source whose words and sound are removed, also from later transcripts.

    The row holds the position only, never the text. In a note, `start` and `end` are None.
    """

    __tablename__ = "redaction"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    start: Mapped[float | None]  # seconds
    end: Mapped[float | None]
    originals: Mapped[Originals]  # rule for the original file
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    # when the range was cut from the sound; the sound is not played before
    trimmed_at: Mapped[datetime | None]


class SealedOriginal(Base):
    """Original file from before a redaction, kept encrypted."""

    __tablename__ = "sealed_original"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    # None: sealed before this column existed. Migration 0022 made the table with ON DELETE SET
    # NULL. SQLite does not report that for a reference in a column definition.
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"), index=True)
    # name of the encrypted file
    name: Mapped[str] = mapped_column(String(80), unique=True, info=NO_WORDS)
    filename: Mapped[str] = mapped_column(String(300), info=HOLDS_WORDS)  # original file name
    size: Mapped[int]  # bytes before encryption
    sealed_at: Mapped[datetime] = mapped_column(default=now)


class Removal(Base):
    """Permanent removal, with the deadline for erasure from the disk and the completion time.

    The row outlives the removed data. It holds ids, keyed hashes and times only, never text.
    """

    __tablename__ = "removal"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    # session, part, stretch, sound, person, voice
    kind: Mapped[str] = mapped_column(String(40), info=NO_WORDS)
    session_id: Mapped[int | None]
    person_id: Mapped[int | None]  # owner of the account or voice prints
    sources: Mapped[list[int]] = mapped_column(JSON, default=list, info=NO_WORDS)  # ids
    # of the removed files: {"hash": keyed, see `sessions.file_fingerprints`, "size": bytes}
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, info=NO_WORDS)
    # other sessions with the same files
    copies: Mapped[list[int]] = mapped_column(JSON, default=list, info=NO_WORDS)
    # number of waiting uploads of the same files, which were removed, too
    uploads: Mapped[int] = mapped_column(default=0)
    receipt_id: Mapped[int | None] = mapped_column(index=True)
    removed_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime]  # deadline for the erasure from the disk
    completed_at: Mapped[datetime | None] = mapped_column(index=True)


class Erasure(Base):
    """Erasure: a file, row or index entry that still has to be deleted from the disk.

    The row is written in the transaction of the removal. If the process is killed before the
    deletion, the next process deletes the data.
    """

    __tablename__ = "erasure"
    # Ids are never reused. Otherwise a process could delete a new row by the id of a row that
    # another process has already deleted.
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    removal_id: Mapped[int | None] = mapped_column(
        index=True
    )  # None: planned before migration 0028
    what: Mapped[ErasureKind]
    # a hash, an id, or a file's name
    name: Mapped[str] = mapped_column(String(80), default="", info=NO_WORDS)


class RecordedRemoval(Base):
    """Line of the removal record about one removal: ids, keyed hashes and dates, no text.

    The removal record is a file outside the database. A row without `written_at` is not yet in
    the file.
    """

    __tablename__ = "recorded_removal"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True, info=NO_WORDS)
    content: Mapped[dict[str, Any]] = mapped_column(JSON, info=NO_WORDS)
    written_at: Mapped[datetime | None]
