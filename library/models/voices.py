"""Voices that their people let the library recognise, and whom it takes an unnamed one for."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now
from library.models.people import Person


class VoiceConsent(Base):
    """Somebody agreed that their voice is recognised; without this row there is no print."""

    __tablename__ = "voice_consent"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    entry_id: Mapped[int]  # of the consent ledger
    agreed_at: Mapped[datetime] = mapped_column(default=now)


class VoicePrint(Base):
    """What somebody's voice is like in one recording in which they are named.

    `vector` is a mean of unit vectors, of unit length itself (float32); empty where they say too
    little there to tell.
    """

    __tablename__ = "voice_print"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    model: Mapped[str] = mapped_column(String(80), primary_key=True)
    version_id: Mapped[int]  # the transcript that says where they speak
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    seconds: Mapped[float]  # of their voice that it was made of
    made_at: Mapped[datetime] = mapped_column(default=now)


class VoiceProposal(Base):
    """An unnamed voice of a recording that is like somebody's prints; nobody has said yes yet."""

    __tablename__ = "voice_proposal"

    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True
    )
    voice: Mapped[str] = mapped_column(String(200), primary_key=True)  # "Speaker 2"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    likeness: Mapped[float]  # cosine, at most 1

    person: Mapped[Person] = relationship()
