"""Tables of voice print consent, voice prints, proposed names and speaker identities."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.accounts import Person
from library.models.base import Base, now
from library.models.enums import NameOrigin, UnnamedReason
from library.models.word_marks import HOLDS_WORDS, NO_WORDS


class VoiceConsent(Base):
    """Consent of a person to voice prints. Without this row, no voice print is stored."""

    __tablename__ = "voice_consent"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    entry_id: Mapped[int]  # id of the entry in the consent ledger
    agreed_at: Mapped[datetime] = mapped_column(default=now)


class VoicePrint(Base):
    """Voice print of a person from one recording in which the person is named.

    `vector` is `(d,)` float32: a mean of unit vectors, normalised to unit length. If the person
    says too little in the recording, `vector` is empty.
    """

    __tablename__ = "voice_print"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    model: Mapped[str] = mapped_column(String(80), primary_key=True, info=NO_WORDS)
    version_id: Mapped[int]  # transcript version with the times of the person's speech
    vector: Mapped[bytes] = mapped_column(LargeBinary, info=NO_WORDS)
    seconds: Mapped[float]  # seconds of speech in the voice print
    made_at: Mapped[datetime] = mapped_column(default=now)


class SpeakerProposal(Base):
    """Unconfirmed match of an unnamed speaker of a recording with a person's voice prints."""

    __tablename__ = "voice_proposal"

    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True
    )
    voice: Mapped[str] = mapped_column(String(200), primary_key=True, info=NO_WORDS)  # "Speaker 2"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    likeness: Mapped[float]  # cosine, at most 1

    person: Mapped[Person] = relationship()


class SpeakerIdentity(Base):
    """Identity of a speaker label of a source: a person, or a reason why no name is needed.

    A label is the text in `Segment.speaker`. `person_id` is the person, or None if several
    people have the name. `origin` tells where the name comes from. `confirmed_by` is the person
    who confirmed the name. `confirmed_at` is None if the name is not confirmed. `excuse` is the
    reason why the label needs no name.
    """

    __tablename__ = "speaker_identity"

    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True
    )
    label: Mapped[str] = mapped_column(String(200), primary_key=True, info=HOLDS_WORDS)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    origin: Mapped[NameOrigin] = mapped_column(default=NameOrigin.FILE)
    excuse: Mapped[UnnamedReason | None]
    confirmed_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    confirmed_at: Mapped[datetime | None]

    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
