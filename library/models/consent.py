"""Tables of the consent ledger, of release links, of proposed redactions and of receipts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.accounts import Person
from library.models.base import Base, now
from library.models.enums import ProposalState, Release
from library.models.word_marks import HOLDS_WORDS, NO_WORDS, OnRedaction, Quoting, holds_words


class LedgerText(Base):
    """Text of a ledger entry: a statement shown to a person, or a reason typed by a person.

    The hash chain contains only the SHA-256 of the text. So the chain stays valid if the text of a
    reason is deleted.
    """

    __tablename__ = "ledger_text"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True, info=NO_WORDS)
    text: Mapped[str] = mapped_column(info=HOLDS_WORDS)
    ours: Mapped[bool] = mapped_column(default=False)  # shown by the library, not typed by a person


class LedgerEntry(Base):
    """Entry of the consent ledger, an append-only hash chain.

    `hash` is the SHA-256 of the content and of the hash of the entry before. The content holds
    no names and no free text: people and sessions are ids, texts are hashes of `LedgerText`.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int | None] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)  # the person whose consent it records
    content: Mapped[dict[str, Any]] = mapped_column(JSON, info=NO_WORDS)
    previous: Mapped[str] = mapped_column(String(64), info=NO_WORDS)
    hash: Mapped[str] = mapped_column(String(64), unique=True, info=NO_WORDS)


class ReleaseDue(Base):
    """Session whose release must still be recomputed after a change of a large collection."""

    __tablename__ = "release_due"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True
    )
    was: Mapped[Release]  # the release before the change


class ReleaseLink(Base):
    """Link with which a person without account hears one session and answers a consent request."""

    __tablename__ = "release_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=NO_WORDS)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class CutProposal(Base):
    """Range of a source that a participant wants redacted before their consent counts.

    The row holds the position only: seconds, or the number of a paragraph of a note. The hash of
    the paragraph's text finds the paragraph in later versions.
    """

    __tablename__ = "cut_proposal"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    start: Mapped[float | None]  # seconds
    end: Mapped[float | None]
    paragraph: Mapped[int | None]  # 0 is the first
    # SHA-256 of the paragraph's text
    words_sha256: Mapped[str] = mapped_column(String(64), default="", info=NO_WORDS)
    # comment of the person who proposed it
    sentence: Mapped[str] = mapped_column(
        default="",
        info=holds_words(
            OnRedaction.SHORTENED, quoting=Quoting(author="person_id", written="made_at")
        ),
    )
    state: Mapped[ProposalState] = mapped_column(default=ProposalState.OPEN)
    made_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    # reason of the person who refused it
    reply: Mapped[str] = mapped_column(
        default="",
        info=holds_words(
            OnRedaction.SHORTENED, quoting=Quoting(author="decided_by", written="decided_at")
        ),
    )
    seen_at: Mapped[datetime | None]  # when the person who proposed it saw the decision

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class Receipt(Base):
    """Receipt that a person gets after a removal or after withdrawing consent."""

    __tablename__ = "receipt"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int | None] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)  # the recipient
    content: Mapped[dict[str, Any]] = mapped_column(JSON, info=NO_WORDS)
    created_at: Mapped[datetime] = mapped_column(default=now)
