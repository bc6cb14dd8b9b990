"""Tables of passages, their embeddings and their removals."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base
from library.models.enums import PassageKind
from library.models.word_marks import HOLDS_WORDS, NO_WORDS


class Passage(Base):
    """Passage: a few sentences with their speakers, the unit that is indexed.

    The text of a row never changes and ids are never reused. So an index finds new rows by id.
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
    ordinal: Mapped[int]  # position in the version
    first_segment: Mapped[int]  # ordinals in the version, both inclusive
    last_segment: Mapped[int]
    start: Mapped[float | None]  # seconds
    end: Mapped[float | None]
    # the embedded text, with "Speaker: " at each change of speaker
    text: Mapped[str] = mapped_column(info=HOLDS_WORDS)
    # of each speaker: [person id or None, name, number of words]
    speakers: Mapped[list[Any]] = mapped_column(JSON, default=list, info=HOLDS_WORDS)
    # BCP 47 primary tag; empty if unknown
    language: Mapped[str] = mapped_column(String(12), default="", info=NO_WORDS)
    kind: Mapped[PassageKind] = mapped_column(default=PassageKind.SPEECH)


class Embedding(Base):
    """Embedding of one passage by one model: `(d,)` float16, unit length, little-endian."""

    __tablename__ = "embedding"

    passage_id: Mapped[int] = mapped_column(
        ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str] = mapped_column(String(200), primary_key=True, info=NO_WORDS)
    vector: Mapped[bytes] = mapped_column(LargeBinary, info=HOLDS_WORDS)


class PassageRemoval(Base):
    """Removal of a passage. Indexes read the rows in the order of their ids to hide passages."""

    __tablename__ = "passage_removal"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    passage_id: Mapped[int] = mapped_column(index=True)

    # former position of the text, so that the passage's URL can lead to the present position
    session_id: Mapped[int | None]
    source_id: Mapped[int | None]
    start: Mapped[float | None]  # seconds
    first_segment: Mapped[int | None]  # ordinal in the version at that time
