"""The tables: people, sessions, sources, transcript versions, passages, collections."""

import enum
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    DateTime,
    Enum,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment kept in UTC; SQLite itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """Hand a moment to the database in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        """Give a moment back with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Role(enum.StrEnum):
    """What an account may do."""

    ADMIN = "admin"
    MENTOR = "mentor"
    MENTEE = "mentee"


class Form(enum.StrEnum):
    """The form of mentoring that a session took."""

    ONE_TO_ONE = "one-to-one"
    GROUP = "group"
    PEER = "peer"
    REVERSE = "reverse"
    CO_MENTORING = "co-mentoring"
    AD_HOC = "ad-hoc"
    MICRO = "micro"
    NOTE = "note"


class Visibility(enum.StrEnum):
    """Who may find a session."""

    PRIVATE = "private"
    MEMBERS = "members"
    PUBLIC = "public"


class Part(enum.StrEnum):
    """The role of a person in one session."""

    MENTOR = "mentor"
    MENTEE = "mentee"
    PEER = "peer"
    FACILITATOR = "facilitator"


class SourceKind(enum.StrEnum):
    """What a source is."""

    RECORDING = "recording"
    NOTE = "note"
    TRANSCRIPT = "transcript"


class State(enum.StrEnum):
    """Where the work on a source stands."""

    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stage(enum.StrEnum):
    """The stages of a source, in their order; the last finished one is kept in its row."""

    RECEIVED = "received"
    DECODED = "decoded"
    TRANSCRIBED = "transcribed"
    INDEXED = "indexed"


def _enum(kind: type[enum.StrEnum]) -> Enum:
    """Keep an enumeration by its values as text, so that adding one needs no migration."""
    return Enum(
        kind,
        native_enum=False,
        length=20,
        create_constraint=False,
        values_callable=lambda members: [m.value for m in members],
    )


class Base(DeclarativeBase):
    """What all tables share: named constraints, and ids that are never used again."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        Role: _enum(Role),
        Form: _enum(Form),
        Visibility: _enum(Visibility),
        Part: _enum(Part),
        SourceKind: _enum(SourceKind),
        State: _enum(State),
        Stage: _enum(Stage),
    }


class Person(Base):
    """Somebody who speaks in a session, has an account, or both.

    A person without an `email` cannot sign in: a voice in a recording whom nobody has invited yet.
    """

    __tablename__ = "person"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)  # lower case
    role: Mapped[Role] = mapped_column(default=Role.MENTEE)
    about: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str | None]
    login_key: Mapped[str | None] = mapped_column(
        String(64), unique=True
    )  # changes end all sign-ins
    active: Mapped[bool] = mapped_column(default=True)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class OneTimeLink(Base):
    """A link that works once: the first administrator's, later invitations and resets."""

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(40))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A bearer token of a person (RFC 6750), kept only as its SHA-256."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship()


class MentoringSession(Base):
    """One meeting, or one written note on its own."""

    __tablename__ = "mentoring_session"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(default="")
    held_on: Mapped[date | None] = mapped_column(index=True)
    language: Mapped[str] = mapped_column(String(12), default="")  # BCP 47; empty: not known yet
    form: Mapped[Form] = mapped_column(default=Form.ONE_TO_ONE)
    visibility: Mapped[Visibility] = mapped_column(default=Visibility.PRIVATE, index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    deleted_at: Mapped[datetime | None]  # a plain tombstone page answers from then on

    owner: Mapped[Person | None] = relationship()
    participants: Mapped[list["Participant"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="Participant.position"
    )
    sources: Mapped[list["Source"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="Source.id"
    )


class Participant(Base):
    """A person in a session, with the role they had there."""

    __tablename__ = "participant"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    part: Mapped[Part] = mapped_column(default=Part.MENTOR)
    position: Mapped[int] = mapped_column(default=0)

    session: Mapped[MentoringSession] = relationship(back_populates="participants")
    person: Mapped[Person] = relationship()


class Source(Base):
    """What a session's words come from, and how far the work on it has come."""

    __tablename__ = "source"
    __table_args__ = (
        UniqueConstraint("session_id", "sha256"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[SourceKind]
    filename: Mapped[str] = mapped_column(String(300))  # as it was called; never a path on disk
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]  # bytes
    created_at: Mapped[datetime] = mapped_column(default=now)

    # an imported transcript that stands in for Whisper's
    transcript_sha256: Mapped[str | None] = mapped_column(String(64))
    transcript_filename: Mapped[str | None] = mapped_column(String(300))

    # what probing and decoding found
    media_type: Mapped[str] = mapped_column(String(100), default="application/octet-stream")
    duration: Mapped[float | None]  # seconds
    has_video: Mapped[bool] = mapped_column(default=False)
    web_sha256: Mapped[str | None] = mapped_column(String(64))  # the copy that the player plays
    web_media_type: Mapped[str | None] = mapped_column(String(100))
    peaks: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # uint8 a bucket
    notices: Mapped[list[Any]] = mapped_column(JSON, default=list)  # {kind, message, start, end}

    # the work
    state: Mapped[State] = mapped_column(default=State.WAITING, index=True)
    stage: Mapped[Stage] = mapped_column(default=Stage.RECEIVED)  # the last finished one
    activity: Mapped[str] = mapped_column(String(60), default="")  # what is being done now
    progress: Mapped[float] = mapped_column(default=0.0)  # 0..1 of the whole work
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    worker: Mapped[str | None] = mapped_column(String(80))  # who holds the lease
    heartbeat_at: Mapped[datetime | None]

    session: Mapped[MentoringSession] = relationship(back_populates="sources")
    versions: Mapped[list["TranscriptVersion"]] = relationship(
        back_populates="source", cascade="all, delete-orphan", order_by="TranscriptVersion.number"
    )


class HeardBlock(Base):
    """A stretch of a recording that Whisper has finished, kept so that a killed worker goes on."""

    __tablename__ = "heard_block"

    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class TranscriptVersion(Base):
    """One immutable transcript of a source; a correction makes the next."""

    __tablename__ = "transcript_version"
    __table_args__ = (UniqueConstraint("source_id", "number"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    origin: Mapped[str] = mapped_column(String(40))  # whisper, import, note, correction
    model: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(12), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    current: Mapped[bool] = mapped_column(default=True)

    source: Mapped[Source] = relationship(back_populates="versions")
    segments: Mapped[list["Segment"]] = relationship(
        back_populates="version", cascade="all, delete-orphan", order_by="Segment.ordinal"
    )


class Segment(Base):
    """What one speaker said, from `start` to `end` seconds; a paragraph, in a note."""

    __tablename__ = "segment"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(
        ForeignKey("transcript_version.id", ondelete="CASCADE"), index=True
    )
    ordinal: Mapped[int]
    speaker: Mapped[str] = mapped_column(String(200), default="")  # as the transcript names them
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    start: Mapped[float | None]
    end: Mapped[float | None]
    text: Mapped[str]
    words: Mapped[list[Any]] = mapped_column(JSON, default=list)  # [text, start, end, probability]
    suspect: Mapped[str] = mapped_column(String(200), default="")  # why it is not indexed

    version: Mapped[TranscriptVersion] = relationship(back_populates="segments")


class Passage(Base):
    """A few sentences by known speakers: the unit that is found.

    Rows are never edited and ids never used again, so an index can follow by id alone.
    """

    __tablename__ = "passage"
    __table_args__ = (UniqueConstraint("version_id", "ordinal"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(
        ForeignKey("transcript_version.id", ondelete="CASCADE"), index=True
    )
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    ordinal: Mapped[int]  # its place in the version
    first_segment: Mapped[int]  # ordinals in the version, both inclusive
    last_segment: Mapped[int]
    start: Mapped[float | None]  # seconds
    end: Mapped[float | None]
    text: Mapped[str]  # "Speaker: words" at each change of speaker; what is embedded
    speakers: Mapped[list[Any]] = mapped_column(
        JSON, default=list
    )  # [person id or None, name, words]


class Embedding(Base):
    """The vector of one passage by one model: float16, unit length, little-endian."""

    __tablename__ = "embedding"

    passage_id: Mapped[int] = mapped_column(
        ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str] = mapped_column(String(200), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class PassageRemoval(Base):
    """A passage that is gone: indexes read these, in the order of events, to hide it."""

    __tablename__ = "passage_removal"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    passage_id: Mapped[int] = mapped_column(index=True)

    # where its words were, so that its address leads to where they are now
    source_id: Mapped[int | None]
    start: Mapped[float | None]  # seconds
    first_segment: Mapped[int | None]  # ordinal in the version of that time


class AskedQuestion(Base):
    """A question that somebody asked: their own history, which nobody else is shown."""

    __tablename__ = "asked_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    question: Mapped[str]
    filters: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # as an address holds them
    asked_at: Mapped[datetime] = mapped_column(default=now)


class SavedSearch(Base):
    """A question with its filters that somebody keeps under a name."""

    __tablename__ = "saved_search"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    question: Mapped[str]
    filters: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # as an address holds them
    created_at: Mapped[datetime] = mapped_column(default=now)


class Collection(Base):
    """Sessions that a curator put together, in order, with an introduction."""

    __tablename__ = "collection"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)

    entries: Mapped[list["CollectionEntry"]] = relationship(
        back_populates="collection",
        cascade="all, delete-orphan",
        order_by="CollectionEntry.position",
    )


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


class Upload(Base):
    """Bytes on their way in, piece by piece (tus 1.0)."""

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(300))
    size: Mapped[int]  # bytes, as announced
    received: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str | None] = mapped_column(String(64))  # once complete and kept
    session_id: Mapped[int | None]  # the session it became
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
