"""Tables of asked questions, saved searches with alerts, unanswered questions and marks."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now
from library.models.enums import AlertFrequency, MarkKind, TriedOutcome
from library.models.word_marks import HOLDS_WORDS, NO_WORDS, Quoting, holds_words


class AskedQuestion(Base):
    """Question in a person's search history. Only this person can see it."""

    __tablename__ = "asked_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    question: Mapped[str] = mapped_column(
        info=holds_words(
            quoting=Quoting(author="person_id", written="asked_at", private=True, row_goes=True)
        )
    )
    # as in the query string
    filters: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, info=NO_WORDS)
    asked_at: Mapped[datetime] = mapped_column(default=now)


class SavedSearch(Base):
    """Saved search of a person: a name, a question and its filters."""

    __tablename__ = "saved_search"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(
        String(200),
        info=holds_words(quoting=Quoting(author="person_id", written="created_at", private=True)),
    )
    question: Mapped[str] = mapped_column(
        info=holds_words(
            quoting=Quoting(author="person_id", written="created_at", private=True, row_goes=True)
        )
    )
    # as in the query string
    filters: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, info=NO_WORDS)
    created_at: Mapped[datetime] = mapped_column(default=now)
    rhythm: Mapped[AlertFrequency] = mapped_column(
        default=AlertFrequency.NEVER
    )  # frequency of e-mail alerts
    told_at: Mapped[datetime | None]  # time of the last alert
    told_passage: Mapped[int] = mapped_column(default=0)


class AlertedRange(Base):
    """Range of a source that an alert has reported. Later alerts do not report it again."""

    __tablename__ = "told_moment"

    search_id: Mapped[int] = mapped_column(
        ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True
    )
    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    first: Mapped[float] = mapped_column(primary_key=True)  # seconds; segment ordinals in a note
    last: Mapped[float]


class UnsubscribeLink(Base):
    """Link in an alert that ends the alerts about a saved search. Only its hash is stored."""

    __tablename__ = "unsubscribe_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    search_id: Mapped[int] = mapped_column(
        ForeignKey("saved_search.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=NO_WORDS)
    created_at: Mapped[datetime] = mapped_column(default=now)


class UnansweredQuestion(Base):
    """Missed question: a question for which no answer was found.

    A row is stored only if an administrator switched the counting on and the person has not opted
    out. Pages show a question only if several people asked it (`search.overview.gaps`).
    """

    __tablename__ = "missed_question"
    __table_args__ = (UniqueConstraint("person_id", "folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    question: Mapped[str] = mapped_column(
        info=holds_words(
            quoting=Quoting(author="person_id", written="asked_at", private=True, row_goes=True)
        )
    )
    # without case, accents and punctuation, to find equal questions
    folded: Mapped[str] = mapped_column(info=HOLDS_WORDS)
    asked_at: Mapped[datetime] = mapped_column(default=now, index=True)
    # embedding model of `vector`
    model: Mapped[str] = mapped_column(String(200), default="", info=NO_WORDS)
    # float16, as in `Embedding`
    vector: Mapped[bytes | None] = mapped_column(LargeBinary, info=HOLDS_WORDS)


class QuestionCountOptOut(Base):
    """Person who has opted out of the counting of missed questions."""

    __tablename__ = "uncounted_person"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )


class PassageMark(Base):
    """Mark of a person on a passage: saved, helped or tried. Only this person can see it.

    The mark has a position and no words. A new transcript version or a new index does not change
    it. If its source is removed, the row stays without a source, because the note belongs to the
    person.
    """

    __tablename__ = "passage_mark"
    __table_args__ = (
        Index("ix_passage_mark_person_id_kind", "person_id", "kind"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    # None: the source was removed
    source_id: Mapped[int | None] = mapped_column(
        ForeignKey("source.id", ondelete="SET NULL"), index=True
    )
    segment: Mapped[int]  # ordinal of the first segment when the mark was made
    start: Mapped[float | None]  # seconds; None in a note
    end: Mapped[float | None]
    kind: Mapped[MarkKind]
    outcome: Mapped[TriedOutcome | None]  # only of the kind `tried`
    folder: Mapped[str] = mapped_column(
        String(100),
        default="",
        info=holds_words(quoting=Quoting(author="person_id", written="updated_at", private=True)),
    )
    # private note of the person
    note: Mapped[str] = mapped_column(
        default="",
        info=holds_words(quoting=Quoting(author="person_id", written="updated_at", private=True)),
    )
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)  # when folder or note last changed
