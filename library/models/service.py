"""Tables of the service: settings that administrators change, and the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now
from library.models.word_marks import NO_WORDS, Quoting, holds_words


class ServiceSetting(Base):
    """Setting that administrators change on a page. Without a row, the default applies."""

    __tablename__ = "service_setting"

    name: Mapped[str] = mapped_column(String(60), primary_key=True, info=NO_WORDS)
    value: Mapped[Any] = mapped_column(JSON, info=NO_WORDS)


class AuditEvent(Base):
    """Audit event: actor, action, subject and network address. Rows are append-only."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_subject", "subject_kind", "subject_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    actor_id: Mapped[int | None] = mapped_column(index=True)  # a person; None: the system
    action: Mapped[str] = mapped_column(String(60), info=NO_WORDS)
    subject_kind: Mapped[str] = mapped_column(String(40), default="", info=NO_WORDS)
    subject_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info=NO_WORDS)
    address: Mapped[str] = mapped_column(String(60), default="", info=NO_WORDS)  # network address


class AuditWords(Base):
    """Text that a person wrote with an audit event, such as a reason.

    The text can be deleted, for example if it repeats redacted words. The event stays.
    """

    __tablename__ = "audit_words"

    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True, info=NO_WORDS)
    text: Mapped[str] = mapped_column(
        info=holds_words(quoting=Quoting(author="audit_event.actor_id", written="audit_event.at"))
    )
