"""Parsing and validation of URL and form parameters."""

import enum
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from library.errors import InvalidInputError
from library.sessions.description import FieldKind, SessionField

Choice = TypeVar("Choice", bound=enum.StrEnum)

LARGEST_ID = 2**63 - 1
SHORT = 40  # characters of a date, a choice or a language; longer ones are not valid


def text(given: Mapping[str, str], name: str, *, longest: int = 1000) -> str:
    """Return a text without control characters, stripped and cut to *longest* characters."""
    return clean(given.get(name) or "")[:longest].strip()


def clean(value: str) -> str:
    """Return *value* without control characters and lone surrogates, with Unix line ends.

    Line feeds and tabs are preserved.
    """
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in value if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})


def number(
    given: Mapping[str, str], name: str, *, default: int, low: int = 1, high: int = LARGEST_ID
) -> int:
    """Return an integer, or *default* if the parameter is empty or missing.

    Raises:
        InvalidInputError: The value is not an integer, or not between *low* and *high*.
    """
    value = (given.get(name) or "").strip()
    if not value:
        return default
    # int() raises ValueError for more than 4,300 digits, so longer values are rejected first.
    if not (value.isascii() and value.lstrip("-").isdigit() and len(value) <= 20):
        raise InvalidInputError("“%(name)s” must be a whole number.", name=name)
    if not low <= int(value) <= high:
        raise InvalidInputError(
            "“%(name)s” must be between %(low)s and %(high)s.", name=name, low=low, high=high
        )
    return int(value)


def identifier(given: Mapping[str, str], name: str) -> int | None:
    """Return a positive id, or None if the parameter is empty or missing.

    Raises:
        InvalidInputError: The value is not a valid id.
    """
    return number(given, name, default=0) or None


def day(given: Mapping[str, str], name: str) -> date | None:
    """Return a date (ISO 8601), or None if the parameter is empty or missing.

    Raises:
        InvalidInputError: The value is not a date.
    """
    value = (given.get(name) or "").strip()
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidInputError(
            "“%(value)s” is not a date. Write it as year-month-day, such as 2024-05-31.",
            value=value[:30],
        ) from error


def choice(
    given: Mapping[str, str], name: str, kind: type[Choice], default: Choice | None = None
) -> Choice | None:
    """Return a member of the enum *kind*, or *default* if the parameter is empty or missing.

    Raises:
        InvalidInputError: The value is not a member of *kind*.
    """
    value = (given.get(name) or "").strip()
    if not value:
        return default
    try:
        return kind(value)
    except ValueError as error:
        known = ", ".join(member.value for member in kind)
        raise InvalidInputError(
            "“%(name)s” must be one of: %(values)s.", name=name, values=known
        ) from error


def session_field(given: Mapping[str, str], field: SessionField) -> Any:
    """Return the value of a session's field; None, or "" for a text, if the parameter is empty.

    Raises:
        InvalidInputError: The value is not a date, or not one of the choices.
    """
    if field.choices:
        return choice(given, field.name, field.enumeration)
    if field.kind is FieldKind.DATE:
        return day(given, field.name)
    return text(given, field.name, longest=max(field.longest, SHORT))
