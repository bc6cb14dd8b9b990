"""Result type of the readers."""

from dataclasses import dataclass

from library.sessions.segments import SegmentDraft


@dataclass(frozen=True, kw_only=True)
class Written:
    """Segments read from a file, in order, and the language code in the file ("" if none)."""

    segments: list[SegmentDraft]
    language: str = ""
