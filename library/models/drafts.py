"""Changes of transcripts that nobody has published yet."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now
from library.models.people import Person


class TranscriptDraft(Base):
    """What one person has changed in the transcript of a source since they last saved it."""

    __tablename__ = "transcript_draft"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    base_id: Mapped[int] = mapped_column(ForeignKey("transcript_version.id", ondelete="CASCADE"))
    pieces: Mapped[list[Any]] = mapped_column(JSON)  # of the version `base_id`: see `drafts`
    revision: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    person: Mapped[Person] = relationship()
