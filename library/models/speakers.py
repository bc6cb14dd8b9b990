"""Who the speakers of a source are, and who said so."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base
from library.models.kinds import Excuse, NameOrigin
from library.models.people import Person


class SpeakerIdentity(Base):
    """The person behind a speaker label of a source, or why no person has to be named.

    A label is the text in `Segment.speaker`. The row states who the person is (`person_id`; None
    where several people have the name), where the name comes from, and who confirmed it
    (`confirmed_at` is None while nobody has). With `excuse`, nobody is asked for this label.
    """

    __tablename__ = "speaker_identity"

    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True
    )
    label: Mapped[str] = mapped_column(String(200), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    origin: Mapped[NameOrigin] = mapped_column(default=NameOrigin.FILE)
    excuse: Mapped[Excuse | None]
    confirmed_by: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    confirmed_at: Mapped[datetime | None]

    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
