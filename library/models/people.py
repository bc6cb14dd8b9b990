"""People, and the secrets that let them in."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now
from library.models.kinds import Role, SignInWay


class Person(Base):
    """Somebody who speaks in a session, has an account, or both.

    A person without an `email` cannot sign in: a voice in a recording whom nobody has invited yet.
    """

    __tablename__ = "person"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)  # lower case
    role: Mapped[Role] = mapped_column(default=Role.MENTEE)
    about: Mapped[str] = mapped_column(default="")
    helps_with: Mapped[str] = mapped_column(default="")  # in their own words
    learns: Mapped[str] = mapped_column(default="")  # what they want to learn
    languages: Mapped[list[Any]] = mapped_column(JSON, default=list)  # BCP 47
    availability: Mapped[str] = mapped_column(default="")
    leaves_on: Mapped[date | None]  # the last day on which they sign in
    password_hash: Mapped[str | None]
    login_key: Mapped[str | None] = mapped_column(
        String(64), unique=True
    )  # a new one ends all sign-ins, those that wait for a code as well
    active: Mapped[bool] = mapped_column(default=True)
    sample: Mapped[bool] = mapped_column(default=False)
    quota_mb: Mapped[int | None]  # room for their files; None: the library's setting; 0: no limit
    created_at: Mapped[datetime] = mapped_column(default=now)


class SignIn(Base):
    """A browser that is signed in; its cookies hold a token of which this is the SHA-256."""

    __tablename__ = "sign_in"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    way: Mapped[SignInWay]
    remembered: Mapped[bool] = mapped_column(default=False)
    browser: Mapped[str] = mapped_column(String(80), default="")  # such as "Firefox on Linux"
    address: Mapped[str] = mapped_column(String(60), default="")  # of the network, at the beginning
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime] = mapped_column(default=now)  # to the hour
    ends_at: Mapped[datetime] = mapped_column(index=True)  # unless it is used before
    latest_end_at: Mapped[datetime]  # however often it is used
    ended_at: Mapped[datetime | None]  # signed out, or ended by its owner or an administrator
    person: Mapped[Person] = relationship()


class OneTimeLink(Base):
    """A link that works once: the first administrator's, later invitations and resets."""

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime | None] = mapped_column(default=now)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class JoinRequest(Base):
    """Somebody who asked for an account, until an administrator answers."""

    __tablename__ = "join_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class ApiToken(Base):
    """A bearer token of a person (RFC 6750), kept only as its SHA-256."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]] = mapped_column(JSON, default=list)  # values of `Scope`
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship()


class SecondFactor(Base):
    """What somebody signs in with besides the password: one-time codes of an app (RFC 6238)."""

    __tablename__ = "second_factor"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    sealed: Mapped[str]  # the shared secret, encrypted with the library's own
    last_counter: Mapped[int]  # the period of the last code, so that none works twice
    recovery: Mapped[list[Any]] = mapped_column(JSON, default=list)  # SHA-256 of unused codes
    created_at: Mapped[datetime] = mapped_column(default=now)
