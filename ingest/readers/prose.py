"""Paragraphs of a document as the Markdown that notes are kept in."""

import re

from library.editing.segments import SegmentDraft
from library.errors import InvalidInputError

MOST_PARAGRAPHS = 50_000
MOST_CHARACTERS = 5_000_000  # the longest novels have half of it
SPECIAL = re.compile(r"([\\`*_\[\]<>])|^(#{1,6}(?=\s)|[-+>|=~](?=\s|$|[-=~])|\d+(?=[.)]\s))")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff\ufffe\uffff]")


def escaped(text: str) -> str:
    """One line of plain words, so that Markdown (CommonMark 0.31) shows them as they are."""
    words = " ".join(CONTROL.sub("", text).split())
    return SPECIAL.sub(_escape, words)


def heading(text: str, level: int) -> str:
    """A heading of *level* 1..6."""
    return f"{'#' * min(6, max(1, level))} {words}" if (words := escaped(text)) else ""


def item(text: str) -> str:
    """An item of a list."""
    return f"- {words}" if (words := escaped(text)) else ""


def row(cells: list[str]) -> str:
    """A table's row as one line."""
    return " · ".join(words for cell in cells if (words := escaped(cell)))


class Prose:
    """Gathers paragraphs; stops what grows beyond any document."""

    def __init__(self, filename: str) -> None:
        self.segments: list[SegmentDraft] = []
        self._filename = filename
        self._characters = 0

    def add(self, text: str, place: str = "") -> None:
        """One more paragraph, written in Markdown; empty ones are left out.

        Raises:
            InvalidInputError: there is more than a document holds.
        """
        if not text:
            return
        self._characters += len(text)
        if len(self.segments) >= MOST_PARAGRAPHS or self._characters > MOST_CHARACTERS:
            raise InvalidInputError(
                f"{self._filename} is far longer than a book. Cut it into parts."
            )
        self.segments.append(SegmentDraft(text=text, place=place))

    def done(self, otherwise: str) -> list[SegmentDraft]:
        """All paragraphs.

        Raises:
            InvalidInputError: there are none; the sentence is *otherwise*.
        """
        if not self.segments:
            raise InvalidInputError(otherwise)
        return self.segments


def _escape(found: re.Match[str]) -> str:
    if found[1]:
        return f"\\{found[1]}"
    start = found[2]
    return f"{start}\\" if start.isdecimal() else f"\\{start}"
