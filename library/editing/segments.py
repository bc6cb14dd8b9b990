"""Segments on their way into the library, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_TEXT = 20_000  # characters of one segment


@dataclass(frozen=True, kw_only=True)
class SegmentDraft:
    """What one speaker said from `start` to `end` seconds; a paragraph of a note has neither."""

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str = ""
    words: Sequence[tuple[str, float, float, float]] = ()  # text, start, end (s), probability
    suspect: str = ""  # why it must not be indexed
    place: str = ""  # where it stands in what it was read from: "p. 3"
