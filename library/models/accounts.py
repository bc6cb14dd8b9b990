"""Tables of people, their credentials and their requests for an account or a data copy."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from library.models.base import Base, now
from library.models.enums import Role, SignInWay
from library.models.word_marks import NO_WORDS


class Person(Base):
    """Person who speaks in a session, has an account, or both.

    A person without account has no `email` and cannot sign in.
    """

    __tablename__ = "person"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), info=NO_WORDS)
    email: Mapped[str | None] = mapped_column(String(254), unique=True, info=NO_WORDS)  # lower case
    role: Mapped[Role] = mapped_column(default=Role.MENTEE)
    about: Mapped[str] = mapped_column(default="", info=NO_WORDS)
    helps_with: Mapped[str] = mapped_column(default="", info=NO_WORDS)  # free text
    learns: Mapped[str] = mapped_column(default="", info=NO_WORDS)  # what they want to learn
    languages: Mapped[list[Any]] = mapped_column(JSON, default=list, info=NO_WORDS)  # BCP 47
    availability: Mapped[str] = mapped_column(default="", info=NO_WORDS)
    leaves_on: Mapped[date | None]  # the last day on which the person can sign in
    password_hash: Mapped[str | None] = mapped_column(info=NO_WORDS)
    # a new value ends all sign-ins of the person, also those that wait for a one-time code
    login_key: Mapped[str | None] = mapped_column(String(64), unique=True, info=NO_WORDS)
    active: Mapped[bool] = mapped_column(default=True)
    sample: Mapped[bool] = mapped_column(default=False)
    quota_mb: Mapped[int | None]  # storage quota in MiB; None: the library's setting; 0: no limit
    created_at: Mapped[datetime] = mapped_column(default=now)


class SignIn(Base):
    """Sign-in of one browser. A cookie holds a token, and this row stores its SHA-256."""

    __tablename__ = "sign_in"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=NO_WORDS)
    way: Mapped[SignInWay]
    remembered: Mapped[bool] = mapped_column(default=False)
    # such as "Firefox on Linux"
    browser: Mapped[str] = mapped_column(String(80), default="", info=NO_WORDS)
    # network address at the sign-in
    address: Mapped[str] = mapped_column(String(60), default="", info=NO_WORDS)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime] = mapped_column(default=now)  # accurate to one hour
    ends_at: Mapped[datetime] = mapped_column(index=True)  # moves later with each use
    latest_end_at: Mapped[datetime]  # upper limit of `ends_at`
    ended_at: Mapped[datetime | None]  # sign-out, or ended by the person or an administrator
    person: Mapped[Person] = relationship()


class OneTimeLink(Base):
    """One-time link for the first administrator's setup, an invitation or a password reset."""

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(40), info=NO_WORDS)
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime | None] = mapped_column(default=now)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=NO_WORDS)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class JoinRequest(Base):
    """Request for an account. The row is deleted when an administrator answers."""

    __tablename__ = "join_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), info=NO_WORDS)
    email: Mapped[str] = mapped_column(String(254), unique=True, info=NO_WORDS)  # lower case
    reason: Mapped[str] = mapped_column(default="", info=NO_WORDS)
    created_at: Mapped[datetime] = mapped_column(default=now)


class ApiToken(Base):
    """Bearer token of a person (RFC 6750). Only its SHA-256 is stored."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(200), info=NO_WORDS)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=NO_WORDS)
    # values of `Scope`
    scopes: Mapped[list[Any]] = mapped_column(JSON, default=list, info=NO_WORDS)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship()


class SecondFactor(Base):
    """Second step of a person's sign-in: time-based one-time passwords (TOTP, RFC 6238)."""

    __tablename__ = "second_factor"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    # the shared secret, encrypted with the library's key
    sealed: Mapped[str] = mapped_column(info=NO_WORDS)
    last_counter: Mapped[int]  # time step of the last code, so that no code works twice
    # SHA-256 of unused recovery codes
    recovery: Mapped[list[Any]] = mapped_column(JSON, default=list, info=NO_WORDS)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Passkey(Base):
    """Public key of a passkey (WebAuthn). The private key stays on the person's device."""

    __tablename__ = "passkey"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    # base64url
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True, info=NO_WORDS)
    public_key: Mapped[bytes] = mapped_column(LargeBinary, info=NO_WORDS)  # COSE
    sign_count: Mapped[int] = mapped_column(default=0)
    transports: Mapped[list[Any]] = mapped_column(JSON, default=list, info=NO_WORDS)
    label: Mapped[str] = mapped_column(String(100), info=NO_WORDS)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()


class DataDownload(Base):
    """Request of a person for a copy of their data, and the file with that copy."""

    __tablename__ = "data_download"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    asked_at: Mapped[datetime] = mapped_column(default=now)
    made_at: Mapped[datetime | None]
    # file name in the folder of downloads
    name: Mapped[str | None] = mapped_column(String(64), info=NO_WORDS)
    size: Mapped[int] = mapped_column(default=0)  # bytes
    # sessions with text in the file
    session_ids: Mapped[list[Any]] = mapped_column(JSON, default=list, info=NO_WORDS)
    error: Mapped[str] = mapped_column(default="", info=NO_WORDS)
