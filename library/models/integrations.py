"""Tables of webhooks, their deliveries, and responses to requests with an idempotency key."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now
from library.models.enums import DeliveryState
from library.models.word_marks import NO_WORDS, Quoting, holds_words


class Webhook(Base):
    """Web address that receives events. The key for signatures is derived from `seed`."""

    __tablename__ = "webhook"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(500), info=NO_WORDS)
    # values of `Event`
    events: Mapped[list[Any]] = mapped_column(JSON, default=list, info=NO_WORDS)
    active: Mapped[bool] = mapped_column(default=True)
    seed: Mapped[str] = mapped_column(String(64), info=NO_WORDS)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Delivery(Base):
    """Delivery of one event to one webhook. `content` holds ids and addresses only."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_state_due_at", "state", "due_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(
        ForeignKey("webhook.id", ondelete="CASCADE"), index=True
    )
    event: Mapped[str] = mapped_column(String(40), info=NO_WORDS)
    content: Mapped[dict[str, Any]] = mapped_column(JSON, info=NO_WORDS)
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now)
    tried_at: Mapped[datetime | None]
    status: Mapped[int | None]  # HTTP status of the last response
    # reason why there was no response
    error: Mapped[str] = mapped_column(String(300), default="", info=NO_WORDS)

    webhook: Mapped[Webhook] = relationship()


class AnsweredRequest(Base):
    """Stored response to a request with an idempotency key."""

    __tablename__ = "answered_request"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(255), primary_key=True, info=NO_WORDS)
    fingerprint: Mapped[str] = mapped_column(String(64), info=NO_WORDS)  # SHA-256 of the request
    answer: Mapped[dict[str, Any]] = mapped_column(
        JSON,
        info=holds_words(quoting=Quoting(author="person_id", written="created_at", private=True)),
    )
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
