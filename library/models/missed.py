"""Questions that found little, and who keeps theirs out."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now


class MissedQuestion(Base):
    """A question that found little, of somebody who lets theirs be counted.

    Nobody is shown a row: only what several people asked alike leaves `library.overview.missed`.
    """

    __tablename__ = "missed_question"
    __table_args__ = (UniqueConstraint("person_id", "folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    question: Mapped[str]
    folded: Mapped[str]  # without case, accents and marks: how the same question is known
    asked_at: Mapped[datetime] = mapped_column(default=now, index=True)
    model: Mapped[str] = mapped_column(String(200), default="")  # that made the vector
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)  # float16, as of a passage


class UncountedPerson(Base):
    """Somebody who does not want the questions counted that found little for them."""

    __tablename__ = "uncounted_person"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
