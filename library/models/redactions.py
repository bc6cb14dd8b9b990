"""What was taken off the record, what is kept sealed, and what must still go from the disk."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
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


class Erasure(Base):
    """Something that must still go from the disk.

    Written in the transaction that takes it out of the library, so that a process which is killed
    in between leaves behind what the next one has to finish.
    """

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[Remains]
    name: Mapped[str] = mapped_column(String(80), default="")  # a hash, an id, or a file's name
