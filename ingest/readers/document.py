"""Result type of the readers."""

from dataclasses import dataclass

from library.sessions.segments import SegmentDraft


@dataclass(frozen=True, kw_only=True)
class Written:
    """Segments in order, and the language code if the file names one, else ""."""

    segments: list[SegmentDraft]
    language: str = ""
