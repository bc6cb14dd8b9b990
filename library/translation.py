"""Translatable sentences: mark them with `gettext`, `ngettext` or `mark`.

`pybabel extract` finds the marked sentences. The website sets the source of translations with
`use`; without it, sentences stay English.
"""

from collections.abc import Callable
from gettext import NullTranslations

_source: Callable[[], NullTranslations] = NullTranslations


def use(source: Callable[[], NullTranslations]) -> None:
    """Set the function that returns the translations for the reader of the current request."""
    global _source  # noqa: PLW0603 (one source for each process, set by the application)
    _source = source


def gettext(message: str, /, **values: object) -> str:
    """Return the translation of a sentence, with *values* in its `%(name)s` placeholders.

    With values, a percent sign is written as `%%`.
    """
    translated = _source().gettext(message)
    return translated % values if values else translated


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """Return the translation for a number; `%(num)s` in it is the number."""
    return _source().ngettext(one, many, number) % {"num": number, **values}


def english_ngettext(one: str, many: str, number: int, /) -> str:
    """Return the English sentence for a number, for records that are stored in English."""
    return (one if number == 1 else many) % {"num": number}


def mark(message: str) -> str:
    """Return the sentence unchanged. It is translated where it is shown, with `gettext`."""
    return message
