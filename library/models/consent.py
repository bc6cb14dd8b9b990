"""Who agreed to what, in which words: an append-only chain, links to answer by, and receipts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now
from library.models.kinds import ProposalState, Release
from library.models.people import Person


class LedgerText(Base):
    """Words that a ledger entry points at by their SHA-256: what was shown, or a reason given.

    A reason can be forgotten without breaking the chain, which holds its hash only.
    """

    __tablename__ = "ledger_text"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str]
    ours: Mapped[bool] = mapped_column(default=False)  # shown by the library, not typed by anybody


class LedgerEntry(Base):
    """One entry of the consent ledger; never changed, never removed.

    `hash` is the SHA-256 of the entry's content with the hash of the entry before it. Names and
    free words are not in it: people and sessions are numbers, words are hashes of `LedgerText`.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int | None] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)  # whose words it is about
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class ReleaseDue(Base):
    """A session whose release is still to be worked out, after a change to a large collection."""

    __tablename__ = "release_due"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True
    )
    was: Mapped[Release]  # its release before that change


class ReleaseLink(Base):
    """A link with which somebody without an account hears a session and answers; kept as a hash."""

    __tablename__ = "release_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class CutProposal(Base):
    """A stretch that somebody who takes part wants left out before they agree.

    It says where, never what: seconds, or a paragraph of a note with the hash of its words, by
    which it is found in later versions.
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
    words_sha256: Mapped[str] = mapped_column(String(64), default="")  # of the paragraph
    sentence: Mapped[str] = mapped_column(default="")  # of whoever proposes it
    state: Mapped[ProposalState] = mapped_column(default=ProposalState.OPEN)
    made_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    reply: Mapped[str] = mapped_column(default="")  # of whoever refuses it
    seen_at: Mapped[datetime | None]  # when whoever proposed it saw what became of it

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class Receipt(Base):
    """What somebody holds in hand after taking something back: every place it is gone from."""

    __tablename__ = "receipt"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int | None] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)  # who took it back
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=now)
