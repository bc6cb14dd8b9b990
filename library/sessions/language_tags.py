"""Language tags of sessions and transcripts (BCP 47, RFC 5646).

This module does not import the database, because readers of files use it in a separate process.
"""

import re

from library.errors import InvalidInputError

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # common forms of BCP 47
LONGEST_LANGUAGE = 12  # characters
MACRO_LANGUAGES = {"nb": "no", "nn": "no", "iw": "he", "in": "id"}  # tags of the same language


def is_language(code: str) -> bool:
    """Return True if a language tag is empty or in a common form of BCP 47."""
    return not code or bool(len(code) <= LONGEST_LANGUAGE and LANGUAGE.fullmatch(code))


def require_language(code: str) -> None:
    """Check a language tag. It may be empty, for a language that is not known yet.

    Raises:
        InvalidInputError: The tag is not in a common form of BCP 47.
    """
    if not is_language(code):
        raise InvalidInputError(
            "“%(code)s” is not a valid language code. Use a code such as en or pt-BR.",
            code=code,
        )


def primary_language(code: str) -> str:
    """Return the language of a tag without script and region: "pt" for "pt-BR"."""
    primary = code.partition("-")[0].lower()
    return MACRO_LANGUAGES.get(primary, primary)
