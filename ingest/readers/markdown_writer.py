"""Writer of Markdown, the stored form of notes, from the paragraphs of a document."""

import re

from library.errors import InvalidInputError
from library.sessions.segments import SegmentDraft

MOST_PARAGRAPHS = 50_000
MOST_CHARACTERS = 5_000_000  # twice the length of the longest novels
SPECIAL = re.compile(r"([\\`*_\[\]<>])|^(#{1,6}(?=\s)|[-+>|=~](?=\s|$|[-=~])|\d+(?=[.)]\s))")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff\ufffe\uffff]")


def escaped(text: str) -> str:
    """Escape plain text for Markdown (CommonMark 0.31) and return it as one line."""
    words = " ".join(CONTROL.sub("", text).split())
    return SPECIAL.sub(_escape, words)


def heading(text: str, level: int) -> str:
    """Return a Markdown heading; *level* is limited to 1..6. Return "" for empty text."""
    return f"{'#' * min(6, max(1, level))} {words}" if (words := escaped(text)) else ""


def item(text: str) -> str:
    """Return a Markdown list item, or "" for empty text."""
    return f"- {words}" if (words := escaped(text)) else ""


def row(cells: list[str]) -> str:
    """Return the cells of a table row as one line, separated by " · "."""
    return " · ".join(words for cell in cells if (words := escaped(cell)))


class Prose:
    """Collector of the paragraphs of a document, with a limit on number and length."""

    def __init__(self, filename: str) -> None:
        self.segments: list[SegmentDraft] = []
        self._filename = filename
        self._characters = 0

    def add(self, text: str, place: str = "") -> None:
        """Append a paragraph of Markdown, unless it is empty.

        Args:
            text: Markdown of the paragraph.
            place: Position in the document, such as "p. 3".

        Raises:
            InvalidInputError: The document has too many paragraphs or characters.
        """
        if not text:
            return
        self._characters += len(text)
        if len(self.segments) >= MOST_PARAGRAPHS or self._characters > MOST_CHARACTERS:
            raise InvalidInputError(
                "%(filename)s is far longer than a book. Cut it into parts.",
                filename=self._filename,
            )
        self.segments.append(SegmentDraft(text=text, place=place))

    def done(self, otherwise: str) -> list[SegmentDraft]:
        """Return all paragraphs.

        Raises:
            InvalidInputError: There are no paragraphs. *otherwise* is the message.
        """
        if not self.segments:
            raise InvalidInputError(otherwise)
        return self.segments


def _escape(found: re.Match[str]) -> str:
    if found[1]:
        return f"\\{found[1]}"
    start = found[2]
    return f"{start}\\" if start.isdecimal() else f"\\{start}"
