"""Sessions that a curator put together."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now
from library.models.kinds import CollectionRole, Originals, ReleaseRule
from library.models.people import Person
from library.models.sessions import MentoringSession


class Collection(Base):
    """Sessions that a curator put together, in order, with an introduction."""

    __tablename__ = "collection"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    # identity in every library that it is brought into
    uid: Mapped[str] = mapped_column(
        String(32), unique=True, index=True, default=lambda: uuid4().hex
    )
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(default="")
    vocabulary: Mapped[str] = mapped_column(default="")  # names and words that Whisper may expect
    position: Mapped[int] = mapped_column(default=0)
    sample: Mapped[bool] = mapped_column(default=False)
    release_rule: Mapped[ReleaseRule] = mapped_column(default=ReleaseRule.EVERYBODY)
    created_at: Mapped[datetime] = mapped_column(default=now)
    keep_years: Mapped[int | None]  # after which its sessions go to the trash
    hold: Mapped[bool] = mapped_column(default=False)  # nothing in it is removed by itself
    reviewed: Mapped[bool] = mapped_column(default=False)  # its sessions are looked at first
    # the collection that it is in
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("collection.id"), index=True)
    cover_sha256: Mapped[str | None] = mapped_column(String(64))  # of its picture
    cover_media_type: Mapped[str | None] = mapped_column(String(40))
    cover_words: Mapped[str] = mapped_column(default="")  # what is on it, for who cannot see it
    originals: Mapped[Originals | None]  # of what is taken off the record; None: as the library

    entries: Mapped[list["CollectionEntry"]] = relationship(
        back_populates="collection",
        cascade="all, delete-orphan",
        order_by="CollectionEntry.position",
    )
    members: Mapped[list["CollectionMember"]] = relationship(cascade="all, delete-orphan")


class CollectionEntry(Base):
    """A session's place in a collection."""

    __tablename__ = "collection_entry"

    collection_id: Mapped[int] = mapped_column(
        ForeignKey("collection.id", ondelete="CASCADE"), primary_key=True
    )
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(default=0)

    collection: Mapped[Collection] = relationship(back_populates="entries")
    session: Mapped[MentoringSession] = relationship()


class CollectionPick(Base):
    """A moment that the curators of a collection put before its list, and why."""

    __tablename__ = "collection_pick"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(
        ForeignKey("collection.id", ondelete="CASCADE"), index=True
    )
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    segment: Mapped[int]  # ordinal of the first, as it was chosen
    start: Mapped[float | None]  # seconds, as it was chosen; None in a note
    end: Mapped[float | None]
    sentence: Mapped[str] = mapped_column(String(500), default="")  # the curator's
    position: Mapped[int] = mapped_column(default=0)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class CollectionMember(Base):
    """A person's part in a collection: they see what is meant for its members."""

    __tablename__ = "collection_member"

    collection_id: Mapped[int] = mapped_column(
        ForeignKey("collection.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[CollectionRole] = mapped_column(default=CollectionRole.VIEWER)
    created_at: Mapped[datetime] = mapped_column(default=now)

    person: Mapped[Person] = relationship()
