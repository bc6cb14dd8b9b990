"""What came in an address or a form, turned into values or refused with a sentence."""

import enum
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from library.errors import InvalidInputError

Choice = TypeVar("Choice", bound=enum.StrEnum)

LARGEST_ID = 2**63 - 1


def text(given: Mapping[str, str], name: str, *, longest: int = 1000) -> str:
    """A line or more of text without control characters, cut at *longest* characters."""
    return clean(given.get(name) or "")[:longest].strip()


def clean(value: str) -> str:
    """Text that can be kept anywhere: no NUL, no lone surrogates, ends of lines as newlines."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in value if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})


def number(
    given: Mapping[str, str], name: str, *, default: int, low: int = 1, high: int = LARGEST_ID
) -> int:
    """A whole number; *default* when it is absent.

    Raises:
        InvalidInputError: it is not one, or not between *low* and *high*.
    """
    value = (given.get(name) or "").strip()
    if not value:
        return default
    # int() refuses thousands of digits with a ValueError of its own; so long is no number here.
    if not (value.isascii() and value.lstrip("-").isdigit() and len(value) <= 20):
        raise InvalidInputError(f"“{name}” must be a whole number.")
    if not low <= int(value) <= high:
        raise InvalidInputError(f"“{name}” must be between {low} and {high}.")
    return int(value)


def identifier(given: Mapping[str, str], name: str) -> int | None:
    """The number of something in the library; None when it is absent.

    Raises:
        InvalidInputError: it is not a number.
    """
    return number(given, name, default=0) or None


def day(given: Mapping[str, str], name: str) -> date | None:
    """A date as year-month-day (ISO 8601); None when it is absent.

    Raises:
        InvalidInputError: it is not one.
    """
    value = (given.get(name) or "").strip()
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidInputError(
            f"“{value[:30]}” is not a date. Write it as year-month-day, such as 2024-05-31."
        ) from error


def choice(
    given: Mapping[str, str], name: str, kind: type[Choice], default: Choice | None = None
) -> Choice | None:
    """One of a fixed set of words; *default* when it is absent.

    Raises:
        InvalidInputError: it is another word.
    """
    value = (given.get(name) or "").strip()
    if not value:
        return default
    try:
        return kind(value)
    except ValueError as error:
        known = ", ".join(member.value for member in kind)
        raise InvalidInputError(f"“{name}” must be one of: {known}.") from error
