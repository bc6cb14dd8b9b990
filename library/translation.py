"""Translation of sentences that are marked with `gettext`, `ngettext` or `mark`.

`pybabel extract` finds the marked sentences. The website sets the source of translations with
`use`. Without a source, sentences stay English.
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
    if not message:
        return ""  # a catalogue has its header under the empty message
    translated = _source().gettext(message)
    return translated % values if values else translated


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """Return the translated singular or plural sentence. *number* replaces `%(num)s` in it."""
    return _source().ngettext(one, many, number) % {"num": number, **values}


def english_ngettext(one: str, many: str, number: int, /) -> str:
    """Return the English singular or plural sentence, for records that are stored in English."""
    return (one if number == 1 else many) % {"num": number}


def mark(message: str) -> str:
    """Return the sentence unchanged. It is translated where it is shown, with `gettext`."""
    return message
