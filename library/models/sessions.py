"""Mentoring sessions: who took part, what their words come from, and the words."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    inspect,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from library.models.base import Base, now
from library.models.kinds import Answer, Form, Part, Release, SourceKind, Stage, State, Visibility
from library.models.people import Person


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
    visibility: Mapped[Visibility] = mapped_column(default=Visibility.PARTICIPANTS, index=True)
    release: Mapped[Release] = mapped_column(default=Release.KEPT)  # follows from `answers`
    # whether a speaker who is not known holds the release; follows from `SpeakerIdentity`
    held: Mapped[bool] = mapped_column(default=False, server_default=false(), index=True)
    embargo_until: Mapped[date | None]  # the first day on which others find it
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    described_at: Mapped[datetime | None]  # when title or description last changed; None: never
    deleted_at: Mapped[datetime | None]  # a plain tombstone page answers from then on
    trashed_at: Mapped[datetime | None]  # hidden from then on, and removed after some days
    hold: Mapped[bool] = mapped_column(default=False)  # never removed by itself
    review_by: Mapped[date | None] = mapped_column(index=True)  # when to look whether it holds

    owner: Mapped[Person | None] = relationship()
    participants: Mapped[list["Participant"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="Participant.position"
    )
    sources: Mapped[list["Source"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="Source.id"
    )
    answers: Mapped[list["SpeakerRelease"]] = relationship(
        cascade="all, delete-orphan", order_by="SpeakerRelease.person_id"
    )

    @validates("title", "description")
    def _note_change(self, name: str, words: str) -> str:
        """Remember when these words came: who wrote the same before did not quote them."""
        if inspect(self).persistent and getattr(self, name) != words:
            self.described_at = now()
        return words


class SpeakerRelease(Base):
    """What one of those who speak in a session answered when they were asked to release it."""

    __tablename__ = "speaker_release"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    state: Mapped[Answer] = mapped_column(default=Answer.ASKED)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    audience: Mapped[Visibility | None]  # the widest that they agreed to
    not_before: Mapped[date | None]  # the embargo that they agreed to

    person: Mapped[Person] = relationship()


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
        Index("ix_source_state_session_id", "state", "session_id"),
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

    # whether its owner said, on adding it, that they alone speak in it
    alone: Mapped[bool] = mapped_column(default=False, server_default=false())

    # what probing and decoding found
    media_type: Mapped[str] = mapped_column(String(100), default="application/octet-stream")
    duration: Mapped[float | None]  # seconds
    has_video: Mapped[bool] = mapped_column(default=False)
    web_sha256: Mapped[str | None] = mapped_column(String(64))  # the copy that the player plays
    web_media_type: Mapped[str | None] = mapped_column(String(100))
    peaks: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # uint8 a bucket
    notices: Mapped[list[Any]] = mapped_column(JSON, default=list)  # {kind, message, start, end}

    # the Whisper model that somebody chose for it; empty: the usual one
    # Who added it as a note of their own; None: whoever owns the session. The table says ON DELETE
    # SET NULL; SQLite does not tell that of a reference in its column.
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    whisper_model: Mapped[str] = mapped_column(String(200), default="", server_default="")

    # the work
    state: Mapped[State] = mapped_column(default=State.WAITING)
    stage: Mapped[Stage] = mapped_column(default=Stage.RECEIVED)  # the last finished one
    activity: Mapped[str] = mapped_column(String(60), default="")  # what is being done now
    progress: Mapped[float] = mapped_column(default=0.0)  # 0..1 of the whole work
    attempts: Mapped[int] = mapped_column(default=0)  # tries since the work last got further
    crashes: Mapped[int] = mapped_column(default=0, server_default="0")  # those that it ended
    error: Mapped[str] = mapped_column(default="")
    worker: Mapped[str | None] = mapped_column(String(80))  # who holds the lease
    heartbeat_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]  # when the present stage began, and how far all was then
    started_progress: Mapped[float] = mapped_column(default=0.0)

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
    __table_args__ = (Index("ix_segment_version_id_ordinal", "version_id", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("transcript_version.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    speaker: Mapped[str] = mapped_column(String(200), default="")  # as the transcript names them
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    start: Mapped[float | None]
    end: Mapped[float | None]
    text: Mapped[str]
    words: Mapped[list[Any]] = mapped_column(JSON, default=list)  # [text, start, end, probability]
    suspect: Mapped[str] = mapped_column(String(200), default="")  # why it is not indexed
    place: Mapped[str] = mapped_column(String(40), default="")  # in a document: "p. 3"

    version: Mapped[TranscriptVersion] = relationship(back_populates="segments")
