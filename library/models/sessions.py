"""Tables of sessions: participants, sources, transcript versions and drafts."""

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

from library.models.accounts import Person
from library.models.base import Base, now
from library.models.enums import (
    ConsentAnswer,
    Form,
    ParticipantRole,
    Release,
    SourceKind,
    Stage,
    State,
    Visibility,
)
from library.models.word_marks import HOLDS_WORDS, NO_WORDS, OnRedaction, holds_words


class MentoringSession(Base):
    """Mentoring session: one meeting, or one written note."""

    __tablename__ = "mentoring_session"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(300), info=holds_words(OnRedaction.SHORTENED))
    description: Mapped[str] = mapped_column(default="", info=holds_words(OnRedaction.SHORTENED))
    held_on: Mapped[date | None] = mapped_column(index=True)
    # BCP 47; empty: not known yet
    language: Mapped[str] = mapped_column(String(12), default="", info=NO_WORDS)
    form: Mapped[Form] = mapped_column(default=Form.ONE_TO_ONE)
    visibility: Mapped[Visibility] = mapped_column(default=Visibility.PARTICIPANTS, index=True)
    release: Mapped[Release] = mapped_column(default=Release.KEPT)  # follows from `answers`
    # True if an unknown speaker blocks the release; follows from `SpeakerIdentity`
    held: Mapped[bool] = mapped_column(default=False, server_default=false(), index=True)
    embargo_until: Mapped[date | None]  # the first day on which others can find the session
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    described_at: Mapped[datetime | None]  # when title or description last changed; None: never
    deleted_at: Mapped[datetime | None]  # from then on only a tombstone page is shown
    trashed_at: Mapped[datetime | None]  # hidden from then on; removed after `trash_days`
    hold: Mapped[bool] = mapped_column(default=False)  # legal hold: not removed automatically
    # date of the next check for freshness
    review_by: Mapped[date | None] = mapped_column(index=True)

    owner: Mapped[Person | None] = relationship()
    participants: Mapped[list["Participant"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="Participant.position"
    )
    sources: Mapped[list["Source"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="Source.id"
    )
    answers: Mapped[list["SpeakerConsent"]] = relationship(
        cascade="all, delete-orphan", order_by="SpeakerConsent.person_id"
    )

    @validates("title", "description")
    def _note_change(self, name: str, words: str) -> str:
        """Return *words*, the new value of the field *name*. Store the time if the value changes.

        Only texts that were written after this time can quote the new value.
        """
        if inspect(self).persistent and getattr(self, name) != words:
            self.described_at = now()
        return words


class SpeakerConsent(Base):
    """Consent of one speaker to a session: the answer, the audience and the embargo."""

    __tablename__ = "speaker_release"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    state: Mapped[ConsentAnswer] = mapped_column(default=ConsentAnswer.ASKED)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    audience: Mapped[Visibility | None]  # the widest audience that the speaker agreed to
    not_before: Mapped[date | None]  # the embargo that the speaker agreed to

    person: Mapped[Person] = relationship()


class Participant(Base):
    """Participant of a session, with a role."""

    __tablename__ = "participant"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    part: Mapped[ParticipantRole] = mapped_column(default=ParticipantRole.MENTOR)
    position: Mapped[int] = mapped_column(default=0)

    session: Mapped[MentoringSession] = relationship(back_populates="participants")
    person: Mapped[Person] = relationship()


class Source(Base):
    """Source of a session (recording, note or transcript), with its processing state."""

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
    # original file name; never a path on disk
    filename: Mapped[str] = mapped_column(String(300), info=holds_words(OnRedaction.SHORTENED))
    sha256: Mapped[str] = mapped_column(String(64), index=True, info=HOLDS_WORDS)
    size: Mapped[int]  # bytes
    created_at: Mapped[datetime] = mapped_column(default=now)

    # an imported transcript that is used in place of automatic transcription
    transcript_sha256: Mapped[str | None] = mapped_column(String(64), info=HOLDS_WORDS)
    transcript_filename: Mapped[str | None] = mapped_column(
        String(300), info=holds_words(OnRedaction.SHORTENED)
    )

    # True if the owner stated at the upload that they are the only speaker
    alone: Mapped[bool] = mapped_column(default=False, server_default=false())

    # set when the file is probed and decoded
    media_type: Mapped[str] = mapped_column(
        String(100), default="application/octet-stream", info=NO_WORDS
    )
    duration: Mapped[float | None]  # seconds
    has_video: Mapped[bool] = mapped_column(default=False)
    # web copy, which browsers can play with correct times
    web_sha256: Mapped[str | None] = mapped_column(String(64), info=HOLDS_WORDS)
    web_media_type: Mapped[str | None] = mapped_column(String(100), info=NO_WORDS)
    # waveform: one uint8 for each bucket
    peaks: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True, info=HOLDS_WORDS)
    # notices about decoding: kind, message, start and end
    notices: Mapped[list[Any]] = mapped_column(JSON, default=list, info=NO_WORDS)

    # The author of a note; None: the owner of the session. The table has ON DELETE SET NULL.
    # SQLite does not report that for a reference in a column definition.
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    # the Whisper model chosen for this source; empty: the default
    whisper_model: Mapped[str] = mapped_column(
        String(200), default="", server_default="", info=NO_WORDS
    )

    # state of the job
    state: Mapped[State] = mapped_column(default=State.WAITING)
    stage: Mapped[Stage] = mapped_column(default=Stage.RECEIVED)  # the last finished stage
    activity: Mapped[str] = mapped_column(String(60), default="", info=NO_WORDS)  # the current step
    progress: Mapped[float] = mapped_column(default=0.0)  # 0..1 of all stages
    attempts: Mapped[int] = mapped_column(default=0)  # attempts since the last progress
    # attempts that ended with a crash of the worker
    crashes: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str] = mapped_column(default="", info=NO_WORDS)
    # the worker with the lease
    worker: Mapped[str | None] = mapped_column(String(80), info=NO_WORDS)
    heartbeat_at: Mapped[datetime | None]
    # start of the current stage; `started_progress` is the progress then
    started_at: Mapped[datetime | None]
    started_progress: Mapped[float] = mapped_column(default=0.0)

    session: Mapped[MentoringSession] = relationship(back_populates="sources")
    versions: Mapped[list["TranscriptVersion"]] = relationship(
        back_populates="source", cascade="all, delete-orphan", order_by="TranscriptVersion.number"
    )


class TranscriptionCheckpoint(Base):
    """Transcribed audio block. An interrupted transcription continues after the last block."""

    __tablename__ = "heard_block"

    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON, info=holds_words(OnRedaction.ROW_GOES))


class TranscriptVersion(Base):
    """Immutable version of the transcript of a source. A correction makes the next version."""

    __tablename__ = "transcript_version"
    __table_args__ = (UniqueConstraint("source_id", "number"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    # whisper, import, note, correction
    origin: Mapped[str] = mapped_column(String(40), info=NO_WORDS)
    model: Mapped[str] = mapped_column(String(200), default="", info=NO_WORDS)
    language: Mapped[str] = mapped_column(String(12), default="", info=NO_WORDS)
    created_at: Mapped[datetime] = mapped_column(default=now)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    current: Mapped[bool] = mapped_column(default=True)

    source: Mapped[Source] = relationship(back_populates="versions")
    segments: Mapped[list["Segment"]] = relationship(
        back_populates="version", cascade="all, delete-orphan", order_by="Segment.ordinal"
    )


class Segment(Base):
    """Segment of one speaker from `start` to `end` (seconds), or a paragraph of a note."""

    __tablename__ = "segment"
    __table_args__ = (Index("ix_segment_version_id_ordinal", "version_id", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("transcript_version.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    # label in the transcript
    speaker: Mapped[str] = mapped_column(String(200), default="", info=HOLDS_WORDS)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    start: Mapped[float | None]
    end: Mapped[float | None]
    text: Mapped[str] = mapped_column(info=HOLDS_WORDS)
    # of each word: text, start, end, probability
    words: Mapped[list[Any]] = mapped_column(JSON, default=list, info=HOLDS_WORDS)
    # reason why the segment is not indexed
    suspect: Mapped[str] = mapped_column(String(200), default="", info=NO_WORDS)
    # position in a document, such as "p. 3"
    place: Mapped[str] = mapped_column(String(40), default="", info=NO_WORDS)

    version: Mapped[TranscriptVersion] = relationship(back_populates="segments")


class TranscriptDraft(Base):
    """Unsaved changes of one person to the transcript of a source."""

    __tablename__ = "transcript_draft"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    base_id: Mapped[int] = mapped_column(ForeignKey("transcript_version.id", ondelete="CASCADE"))
    # pieces of the version `base_id`, see `transcripts.drafts`
    pieces: Mapped[list[Any]] = mapped_column(JSON, info=holds_words(OnRedaction.ROW_GOES))
    revision: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    person: Mapped[Person] = relationship()
