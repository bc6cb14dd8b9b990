"""Tables of collections, with their sessions, members and picks."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.accounts import Person
from library.models.base import Base, now
from library.models.enums import CollectionRole, Originals, ReleaseRule
from library.models.sessions import MentoringSession
from library.models.word_marks import NO_WORDS, Quoting, holds_words


class Collection(Base):
    """Collection: sessions that curators put together, in order, with a description."""

    __tablename__ = "collection"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    # identity that stays the same when the collection is imported into another library
    uid: Mapped[str] = mapped_column(
        String(32),
        unique=True,
        index=True,
        default=lambda: uuid4().hex,
        info=NO_WORDS,
    )
    title: Mapped[str] = mapped_column(String(200), info=NO_WORDS)
    description: Mapped[str] = mapped_column(default="", info=NO_WORDS)
    vocabulary: Mapped[str] = mapped_column(default="", info=NO_WORDS)  # hotwords for Whisper
    position: Mapped[int] = mapped_column(default=0)
    sample: Mapped[bool] = mapped_column(default=False)
    release_rule: Mapped[ReleaseRule] = mapped_column(default=ReleaseRule.EVERYBODY)
    created_at: Mapped[datetime] = mapped_column(default=now)
    keep_years: Mapped[int | None]  # years after which its sessions move to the trash
    # legal hold: its sessions are not removed automatically
    hold: Mapped[bool] = mapped_column(default=False)
    # its sessions need a review before publication
    reviewed: Mapped[bool] = mapped_column(default=False)
    # parent in the tree of collections
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("collection.id"), index=True)
    # SHA-256 and media type of the cover image
    cover_sha256: Mapped[str | None] = mapped_column(String(64), info=NO_WORDS)
    cover_media_type: Mapped[str | None] = mapped_column(String(40), info=NO_WORDS)
    # text alternative of the cover image
    cover_words: Mapped[str] = mapped_column(default="", info=NO_WORDS)
    originals: Mapped[Originals | None]  # rule after a redaction; None: the library's setting

    entries: Mapped[list["CollectionEntry"]] = relationship(
        back_populates="collection",
        cascade="all, delete-orphan",
        order_by="CollectionEntry.position",
    )
    members: Mapped[list["CollectionMember"]] = relationship(cascade="all, delete-orphan")


class CollectionEntry(Base):
    """Membership of a session in a collection, with its position."""

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
    """Moment that curators show above the list of sessions of a collection, with a reason."""

    __tablename__ = "collection_pick"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(
        ForeignKey("collection.id", ondelete="CASCADE"), index=True
    )
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    segment: Mapped[int]  # ordinal of the first segment when the moment was chosen
    start: Mapped[float | None]  # seconds when the moment was chosen; None in a note
    end: Mapped[float | None]
    # the curator's reason
    sentence: Mapped[str] = mapped_column(
        String(500),
        default="",
        info=holds_words(quoting=Quoting(author="person_id", written="created_at")),
    )
    position: Mapped[int] = mapped_column(default=0)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class CollectionMember(Base):
    """Membership of a person in a collection, with a role."""

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
