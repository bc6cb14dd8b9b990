"""What curators do to many sessions or people at once, kept so that it can be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.models.base import Base, now


class BulkEdit(Base):
    """One change of many sessions."""

    __tablename__ = "bulk_edit"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    made_at: Mapped[datetime] = mapped_column(default=now)
    wishes: Mapped[list[Any]] = mapped_column(JSON)  # [field, number, value]
    sessions: Mapped[int] = mapped_column(default=0, server_default="0")  # that it was to change
    undone_at: Mapped[datetime | None]  # when undoing it began


class BulkChange(Base):
    """What such an edit changed of one session: one field, or its place in one collection."""

    __tablename__ = "bulk_change"

    edit_id: Mapped[int] = mapped_column(
        ForeignKey("bulk_edit.id", ondelete="CASCADE"), primary_key=True
    )
    session_id: Mapped[int] = mapped_column(
        ForeignKey("mentoring_session.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    field: Mapped[str] = mapped_column(String(20), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # of the collection or topic; else 0
    before: Mapped[Any] = mapped_column(JSON)
    after: Mapped[Any] = mapped_column(JSON)
    put_back: Mapped[bool | None]  # None: undoing has not come to it; False: left as it was


class PersonMerge(Base):
    """Two people who are one: what was moved from `gone` to `kept`, by table."""

    __tablename__ = "person_merge"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]
    moved: Mapped[dict[str, Any]] = mapped_column(JSON)  # numbers and states, no words


class DistinctPeople(Base):
    """Two people who look like one and are not; the smaller number first."""

    __tablename__ = "distinct_people"

    one_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
